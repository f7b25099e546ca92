import Common
package import Foundation

/// All that a run measured, as JSON. The rows are enough to compute every figure again.
package struct EvaluationReport: Sendable, Codable, Hashable {
    /// Raised when a field changes its meaning.
    package var format = 1
    package var suite: String
    package var taskCount: Int
    package var model: String
    package var seed: UInt64
    package var hardware: String
    package var limits: SandboxLimits
    package var isolation: SandboxIsolation
    package var programsPerSecond: Double
    package var modes: [ModeSummary]
    /// Each mode after the first against the first.
    package var comparisons: [PairedComparison]
    /// Area under the quality-speed curve of the modes; nil when a mode made no forward.
    package var accuracyUnderParallelism: Double?
    package var rows: [TaskRow]

    /// - Parameter modes: name, settings and rows; all over the same tasks in the same order.
    package init(
        suite: String,
        model: String,
        seed: UInt64,
        hardware: String = Hardware.description,
        limits: SandboxLimits,
        isolation: SandboxIsolation,
        programsPerSecond: Double,
        modes: [(name: String, settings: [String: String], rows: [TaskRow])]
    ) throws {
        self.suite = suite
        self.taskCount = modes.first?.rows.count ?? 0
        self.model = model
        self.seed = seed
        self.hardware = hardware
        self.limits = limits
        self.isolation = isolation
        self.programsPerSecond = programsPerSecond
        self.modes = modes.map { ModeSummary(name: $0.name, settings: $0.settings, rows: $0.rows) }
        let base = modes.first
        comparisons = try modes.dropFirst().compactMap { mode in
            guard let base else { return nil }
            return try PairedComparison(
                mode.name,
                mode.rows.map(\.passed),
                base.name,
                base.rows.map(\.passed),
                seed: seed
            )
        }
        let points = self.modes.compactMap(\.point)
        accuracyUnderParallelism =
            points.count == modes.count ? AccuracyUnderParallelism.value(points) : nil
        rows = modes.flatMap(\.rows)
    }

    /// Writes the report as JSON, whole or not at all.
    package func write(to url: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data: Data
        do {
            data = try encoder.encode(self)
        } catch {
            throw CinnabarError(.invalidArgument, "the report holds a number that JSON cannot write", cause: error)
        }
        try AtomicFile.write(data + Data("\n".utf8), to: url)
    }

    /// Reads what `write` wrote.
    package init(contentsOf url: URL) throws {
        self = try JSONLimits(size: 512 << 20).decode(EvaluationReport.self, from: url)
        guard format == 1 else {
            throw CinnabarError(.unsupported, "\(url.path) is a report of format \(format), this build reads 1")
        }
    }
}
