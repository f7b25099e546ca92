package import Cinnabar
import Common
import Engine
import Foundation

/// Tokens a second of texts that are written at the same time, which share forwards.
package struct ConcurrentTexts: Sendable, Codable {
    package struct Row: Sendable, Codable {
        package var mode: String
        package var texts: Int
        package var tokens: Int
        /// Median over the repetitions.
        package var seconds: Double
        package var tokensPerSecond: Double
        /// Against one text at a time.
        package var speedUp: Double?
        /// Items and rows of a forward, on average.
        package var items: Double
        package var rows: Double
        /// Share of the time that the network alone needs for as many forwards over as many rows, if they were one text's.
        package var networkShare: Double
    }

    package var tokensPerText: Int
    package var repetitions: Int
    package var rows: [Row] = []

    /// - Parameter prompts: texts to continue, as many different ones as there are; each is used in turn.
    package static func measure(
        _ model: Model,
        prompts: [String],
        modes: [Mode],
        counts: [Int],
        tokens: Int,
        repetitions: Int
    ) async throws -> ConcurrentTexts {
        var result = ConcurrentTexts(tokensPerText: tokens, repetitions: repetitions)
        let subject = BenchNetwork(model)
        for mode in modes {
            var single: Double?
            for count in counts {
                var (times, written) = ([Double](), 0)
                // What the first round computes of the prompts, the others share: only writing is timed.
                let before = await model.engineCounters
                var warm = before
                for round in 0...repetitions {
                    if round == 1 { warm = await model.engineCounters }
                    let begin = ContinuousClock.now
                    written = try await write(model, prompts, mode, count, tokens)
                    if round > 0 { times.append((ContinuousClock.now - begin) / .seconds(1)) }
                }
                let after = await model.engineCounters
                let seconds = times.median ?? 0
                let forwards = Double(after.forwards - warm.forwards)
                let rows = Double(after.rows - warm.rows) / forwards
                let network = try ForwardTimes.measure(
                    subject,
                    context: min(tokens, model.contextLength / 2),
                    rows: [max(1, Int(rows.rounded()))],
                    repetitions: 20
                )
                let speed = Double(written) / seconds
                if count == 1 { single = speed }
                result.rows.append(
                    Row(
                        mode: mode.rawValue,
                        texts: count,
                        tokens: written,
                        seconds: seconds,
                        tokensPerSecond: speed,
                        speedUp: single.map { speed / $0 },
                        items: Double(after.items - warm.items) / forwards,
                        rows: rows,
                        networkShare: network.rows[0].ms / 1e3 * forwards / Double(repetitions) / seconds
                    )
                )
            }
        }
        return result
    }

    private static func write(
        _ model: Model,
        _ prompts: [String],
        _ mode: Mode,
        _ count: Int,
        _ tokens: Int
    ) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<count {
                group.addTask {
                    let options = GenerationOptions(
                        mode: mode,
                        maxTokens: tokens,
                        temperature: 0.8,
                        seed: UInt64(index)
                    )
                    return try await model.generate(prompts[index % prompts.count], options: options).result().tokens
                }
            }
            return try await group.reduce(0, +)
        }
    }

    package var table: String {
        func cell(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
        var lines = ["mode            texts  tokens/s  against 1  items  rows  network"]
        for row in rows {
            lines.append(
                row.mode.padding(toLength: 15, withPad: " ", startingAt: 0)
                    + pad("\(row.texts)", 6) + pad(cell(row.tokensPerSecond, 0), 10)
                    + pad(row.speedUp.map { cell($0, 2) + "x" } ?? "", 11) + pad(cell(row.items, 1), 7)
                    + pad(cell(row.rows, 1), 6) + pad(cell(100 * row.networkShare, 0) + "%", 9)
            )
        }
        return lines.joined(separator: "\n")
    }

    private func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
