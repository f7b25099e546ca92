import Foundation

extension EvaluationReport {
    /// The report as plain text: what was measured where, a line a mode, and the comparisons.
    package var table: String {
        var lines = [
            "\(suite), \(taskCount) tasks, model \(model), seed \(seed)",
            hardware,
            "sandbox: \(isolation.summary); \(Self.number(programsPerSecond)) programs/s",
            "",
        ]
        let heads = [
            "mode", "pass@1 %", "95%", "exact %", "trimmed %", "edit sim", "parse %", "TPF", "forwards", "tok/s dec",
            "tok/s all", "TTFT ms",
        ]
        lines += Self.aligned([heads] + modes.map(Self.cells))
        if !comparisons.isEmpty {
            lines.append("")
            let heads = [
                "pass@1 difference", "points", "95% (paired bootstrap)", "both", "only 1st", "only 2nd", "none",
            ]
            lines += Self.aligned([heads] + comparisons.map(Self.cells))
        }
        if let area = accuracyUnderParallelism {
            lines += ["", "AUP \(Self.number(area)) (accuracy in percent, best of these modes as reference)"]
        }
        return lines.map { $0.replacing(/\ +$/, with: "") }.joined(separator: "\n") + "\n"
    }

    private static func cells(_ mode: ModeSummary) -> [String] {
        [
            mode.name,
            percent(mode.passAt1.value),
            "\(percent(mode.passAt1.low))-\(percent(mode.passAt1.high))",
            percent(mode.exact.value),
            percent(mode.exactTrimmed.value),
            String(format: "%.3f", mode.editSimilarity),
            percent(mode.parse.value),
            mode.tokensPerForward.map { String(format: "%.2f", $0) } ?? "-",
            "\(mode.forwards)",
            mode.decodeTokensPerSecond.map(number) ?? "-",
            mode.endToEndTokensPerSecond.map(number) ?? "-",
            mode.firstToken.map { number($0.median * 1000) } ?? "-",
        ]
    }

    private static func cells(_ pair: PairedComparison) -> [String] {
        [
            "\(pair.first) - \(pair.second)",
            String(format: "%+.1f", 100 * pair.difference),
            String(format: "%+.1f to %+.1f", 100 * pair.low, 100 * pair.high),
            "\(pair.both)", "\(pair.onlyFirst)", "\(pair.onlySecond)", "\(pair.neither)",
        ]
    }

    /// The first column to the left, all others to the right, two spaces between.
    private static func aligned(_ rows: [[String]]) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + space : space + row[column]
            }.joined(separator: "  ")
        }
    }

    private static func percent(_ share: Double) -> String { String(format: "%.1f", 100 * share) }

    private static func number(_ value: Double) -> String {
        String(format: abs(value) < 10 ? "%.2f" : abs(value) < 100 ? "%.1f" : "%.0f", value)
    }
}
