import Common
import Foundation

/// One mode of a report, with its rows by task.
package struct ReportedMode: Sendable {
    package var name: String
    package var summary: ModeSummary
    package var rows: [TaskRow]

    /// - Throws: `invalidArgument` if the report has no such mode.
    package init(_ report: EvaluationReport, mode: String) throws {
        guard let summary = report.modes.first(where: { $0.name == mode }) else {
            throw CinnabarError(
                .invalidArgument,
                "the report of \(report.model) has no mode '\(mode)'",
                hint: "it has \(report.modes.map(\.name).joined(separator: ", "))"
            )
        }
        name = "\(report.model) \(mode)"
        self.summary = summary
        rows = report.rows.filter { $0.mode == mode }.sorted { $0.task < $1.task }
    }
}

/// Two modes of different reports on the same tasks: pass rates paired, and speeds.
package struct ReportComparison: Sendable {
    package var passes: PairedComparison
    package var first, second: ModeSummary

    package var table: String {
        func speed(_ value: Double?) -> String { value.map { String(format: "%.0f", $0) } ?? "-" }
        func ratio(_ a: Double?, _ b: Double?) -> String {
            guard let a, let b, b > 0 else { return "-" }
            return String(format: "%.2f", a / b)
        }
        let pairs: [(String, Double?, Double?)] = [
            ("tokens/s decode", first.decodeTokensPerSecond, second.decodeTokensPerSecond),
            ("tokens/s end to end", first.endToEndTokensPerSecond, second.endToEndTokensPerSecond),
        ]
        let head = String(
            format:
                "%@ - %@: %+.1f points, 95%% %+.1f to %+.1f (paired bootstrap); passes both %d, first %d, second %d, none %d",
            passes.first,
            passes.second,
            100 * passes.difference,
            100 * passes.low,
            100 * passes.high,
            passes.both,
            passes.onlyFirst,
            passes.onlySecond,
            passes.neither
        )
        return ([head] + pairs.map { "\($0.0): \(speed($0.1)) and \(speed($0.2)), ratio \(ratio($0.1, $0.2))" })
            .joined(separator: "\n")
    }
}

extension EvaluationReport {
    /// - Throws: `invalidArgument` if the tasks are not the same.
    package static func compare(_ a: ReportedMode, _ b: ReportedMode) throws -> ReportComparison {
        guard a.rows.map(\.task) == b.rows.map(\.task) else {
            throw CinnabarError(
                .invalidArgument,
                "\(a.name) and \(b.name) were measured on different tasks (\(a.rows.count) and \(b.rows.count))",
                hint: "evaluate both with the same set, split and --every"
            )
        }
        let passes = try PairedComparison(a.name, a.rows.map(\.passed), b.name, b.rows.map(\.passed))
        return ReportComparison(passes: passes, first: a.summary, second: b.summary)
    }
}
