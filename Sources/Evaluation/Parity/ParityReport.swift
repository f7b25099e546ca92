import Common
package import Foundation
import Models

/// What a check of a fixture found.
package struct ParityLine: Sendable {
    package let folder, check: String
    /// Largest absolute difference of logits, or the number of states that differ; nil if the check could not run.
    package let difference: Double?
    package let passes: Bool
    /// What went wrong, for people.
    package var remark = ""
}

/// Runs every fixture below a folder.
package enum ParityReport {
    /// Largest absolute difference of fp32 logits (values go up to about 15).
    package static let tolerance = 1e-4

    package static func lines(_ url: URL) -> [ParityLine] {
        ParityFixture.folders(below: url).flatMap { folder -> [ParityLine] in
            let name = folder.lastPathComponent
            do {
                func has(_ file: String) -> Bool {
                    FileManager.default.fileExists(atPath: folder.appendingPathComponent(file).path)
                }
                if has(GGUFFixture.name) { return lines(try GGUFFixture(folder).differences(), name, tolerance) }
                if has(TokenizerFixture.name) { return lines(try TokenizerFixture(folder).differences(), name, 0) }
                return try ParityFixture(folder).lines(name)
            } catch {
                return [ParityLine(folder: name, check: "load", difference: nil, passes: false, remark: "\(error)")]
            }
        }
    }

    private static func lines(
        _ checks: [(check: String, difference: Result<Double, any Error>)],
        _ name: String,
        _ tolerance: Double
    ) -> [ParityLine] {
        checks.map { check, difference in
            let value = try? difference.get()
            var remark = ""
            if case .failure(let error) = difference { remark = "\(error)" }
            return ParityLine(
                folder: name,
                check: check,
                difference: value,
                passes: value.map { $0 <= tolerance } ?? false,
                remark: remark
            )
        }
    }
}

extension ParityFixture {
    func lines(_ name: String) throws -> [ParityLine] {
        func line(_ check: String, _ body: () throws -> (difference: Double, passes: Bool)) -> ParityLine {
            do {
                let (difference, passes) = try body()
                return ParityLine(folder: name, check: check, difference: difference, passes: passes)
            } catch {
                return ParityLine(folder: name, check: check, difference: nil, passes: false, remark: "\(error)")
            }
        }
        func logits(_ check: String, _ expected: String, _ found: () throws -> [Float]) -> ParityLine {
            line(check) {
                let difference = Self.difference(try found(), try numbers(expected))
                return (difference, difference <= ParityReport.tolerance)
            }
        }
        let network = try network(attention, shiftsLogits: false)
        var lines = cases.logits.map { test in
            logits("logits \(test.name)", test.logits) {
                let positions = try test.positions.map { try self.tokens($0).map { $0.map { Int($0) } } }
                return try tokens(test.inputIds).enumerated().flatMap { row, tokens in
                    try network.logits(of: tokens, at: positions.map { $0.indices.contains(row) ? $0[row] : [] })
                }
            }
        }
        for test in cases.cached ?? [] {
            lines.append(
                logits("cached \(test.name)", test.blockLogits) {
                    let all = try tokens(test.inputIds)[0]
                    let prefix = Array(all.prefix(test.prefixLen))
                    return try network.logits(
                        of: Array(all.dropFirst(test.prefixLen).prefix(test.blockLen)),
                        behind: prefix
                    )
                }
            )
        }
        if let masks = cases.extraMasks {
            let tokens = try tokens(masks.inputIds)[0]
            for rule in masks.rules {
                lines.append(logits("mask \(rule.name)", rule.logits) { try self.logits(tokens, rule.name) })
            }
        }
        for trace in cases.traces ?? [] {
            lines.append(
                line("trace \(trace.name)") {
                    let count = try differences(trace)
                    return (Double(count), count == 0)
                }
            )
        }
        for test in cases.endTokenCases ?? [] {
            lines.append(
                line("end marker, \(test.variant), \(test.trace)") {
                    let same = try endsAlike(test)
                    return (same ? 0 : 1, same)
                }
            )
        }
        return lines
    }

    /// Under a rule by its name in a fixture: `full`, `causal`, `block_causal_5`, `causal_prefix9_canvas7`.
    private func logits(_ tokens: [TokenID], _ rule: String) throws -> [Float] {
        let numbers = rule.split { !$0.isNumber }.compactMap { Int($0) }
        switch (rule.prefix { !$0.isNumber }, numbers.count) {
        case ("full", 0): return try network(.full, shiftsLogits: false).logits(of: tokens)
        case ("causal", 0): return try network(.causal, shiftsLogits: false).logits(of: tokens)
        case ("block_causal_", 1):
            return try network(.blockCausal(max(1, numbers[0])), shiftsLogits: false).logits(of: tokens)
        case ("causal_prefix", 2):
            let network = try network(.causal, shiftsLogits: false)
            let (prefix, canvas) = (Array(tokens.prefix(numbers[0])), Array(tokens.dropFirst(numbers[0])))
            return try network.logits(of: prefix) + network.logits(of: canvas, behind: prefix)
        default: throw CinnabarError(.unsupported, "the rule of attention '\(rule)' is unknown")
        }
    }

    /// Infinite if the counts differ or a number is none.
    static func difference(_ a: [Float], _ b: [Float]) -> Double {
        guard a.count == b.count else { return .infinity }
        return zip(a, b).reduce(0) { most, pair in
            let difference = Double(abs(pair.0 - pair.1))
            return difference.isNaN ? .infinity : max(most, difference)
        }
    }
}
