package import Foundation

/// What a container lets this process have of its machine, by Linux's control groups, versions 1 and 2. The tightest of a
/// group and those above it holds. Elsewhere there are none.
package struct ContainerLimits: Sendable {
    /// Processors' worth of time; nil for no limit.
    package private(set) var processors: Double?
    /// Bytes that the group may have, files that are cached for it included; nil for no limit.
    package private(set) var memory: Int?
    /// Bytes that it can still take.
    package private(set) var freeMemory: Int?

    /// Of this process, as of its start.
    package static let current = ContainerLimits()

    /// - Parameters:
    ///   - root: where control groups are mounted.
    ///   - membership: what `/proc/self/cgroup` says: `hierarchy:controllers:path`, a line each.
    package init(
        root: URL = URL(fileURLWithPath: "/sys/fs/cgroup"),
        membership: URL = URL(fileURLWithPath: "/proc/self/cgroup")
    ) {
        for line in (Self.text(membership) ?? "").split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let controllers = fields[1].split(separator: ",")
            for group in Self.groups(String(fields[2])) {
                if fields[0] == "0" {
                    let folder = root.appendingPathComponent(group)
                    limitProcessors(Self.numbers(folder.appendingPathComponent("cpu.max")))
                    limitMemory(folder, limit: "memory.max", used: "memory.current", cached: "inactive_file")
                }
                if controllers.contains("cpu") {
                    let folder = root.appendingPathComponent("cpu").appendingPathComponent(group)
                    let quota = Self.numbers(folder.appendingPathComponent("cpu.cfs_quota_us"))
                    limitProcessors(quota + Self.numbers(folder.appendingPathComponent("cpu.cfs_period_us")))
                }
                if controllers.contains("memory") {
                    let folder = root.appendingPathComponent("memory").appendingPathComponent(group)
                    limitMemory(
                        folder,
                        limit: "memory.limit_in_bytes",
                        used: "memory.usage_in_bytes",
                        cached: "total_inactive_file"
                    )
                }
            }
        }
    }

    /// A group and those above it. Inside a container the path may be one that only the host can see: then the root counts.
    private static func groups(_ path: String) -> [String] {
        let parts = path.split(separator: "/").filter { $0 != ".." }
        return (0...parts.count).map { parts.prefix($0).joined(separator: "/") }
    }

    /// - Parameter quota: microseconds of time in each period, and the period; `max`, the lack of a quota, is no number.
    private mutating func limitProcessors(_ quota: [Int]) {
        guard quota.count == 2, quota[0] > 0, quota[1] > 0 else { return }
        processors = min(processors ?? .infinity, Double(quota[0]) / Double(quota[1]))
    }

    private mutating func limitMemory(_ folder: URL, limit: String, used: String, cached: String) {
        // Version 1 writes the lack of a limit as a number near the largest.
        guard let most = Self.numbers(folder.appendingPathComponent(limit)).first, most < 1 << 60 else { return }
        memory = min(memory ?? most, most)
        let statistics = Self.text(folder.appendingPathComponent("memory.stat")) ?? ""
        let idle = statistics.split(separator: "\n").first { $0.hasPrefix(cached + " ") }
        let reclaimable = idle.flatMap { Int($0.dropFirst(cached.count + 1)) } ?? 0
        let taken = max(0, (Self.numbers(folder.appendingPathComponent(used)).first ?? 0) - reclaimable)
        freeMemory = min(freeMemory ?? .max, max(0, most - taken))
    }

    private static func text(_ file: URL) -> String? { try? String(contentsOf: file, encoding: .utf8) }

    private static func numbers(_ file: URL) -> [Int] {
        (text(file) ?? "").split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    }
}
