import Foundation

/// The memory of the machine, as far as this process may use it.
package enum MachineMemory {
    /// All of it, in bytes.
    package static var total: Int {
        min(Int(clamping: ProcessInfo.processInfo.physicalMemory), ContainerLimits.current.memory ?? .max)
    }

    /// What can be taken without pushing other programs out, in bytes; where the system does not say, all of it.
    package static var available: Int { min(systemAvailable ?? total, ContainerLimits().freeMemory ?? .max) }

    private static var systemAvailable: Int? {
        guard let text = try? String(contentsOf: URL(fileURLWithPath: "/proc/meminfo"), encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
            let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return kilobytes * 1024
    }
}
