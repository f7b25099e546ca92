package import Cinnabar
import Common
import Constraints
package import Foundation

/// Texts under the schemas of MaskBench: what is supported, what it costs, and the texts themselves for a validator of
/// somebody else's.
package struct SchemaEvaluation: Sendable {
    /// A text under a schema.
    package struct Run: Codable, Sendable {
        package var file: String
        package var mode: String
        /// What was asked of it: `first` and then `free`, the same once more; `tight`, as few tokens as possible; `broken`,
        /// cancelled on the way; `unconstrained`, to compare the speed with.
        package var kind: String
        package var maxTokens: Int
        package var text: String
        package var tokens: Int
        package var forwards: Int
        package var decodeSeconds: Double
        /// Of inference over canvases.
        package var inferenceSeconds: Double
    }

    /// A schema as such.
    package struct Row: Codable, Sendable {
        package var file: String
        /// Why it is refused; nil if it is supported.
        package var refusal: String?
        package var compileSeconds: Double
        /// Tokens of the shortest text found.
        package var shortest: Int?
    }

    private struct Line: Decodable { let file: String }

    let model: Model
    let modes: [Mode]
    /// Most tokens of a free text.
    let maxTokens: Int
    static let prompt = "data = "

    package init(model: Model, modes: [Mode], maxTokens: Int) {
        (self.model, self.modes, self.maxTokens) = (model, modes, maxTokens)
    }

    /// - Parameter data: the folder of evaluation sets.
    /// - Returns: one row a schema; lines whose JSON holds integers beyond 64 bits are refused like unsupported ones.
    package func callAsFunction(
        data: URL,
        every: Int = 1,
        progress: (Int, Int) -> Void = { _, _ in },
        emit: (Run) throws -> Void
    ) async throws -> [Row] {
        let file = data.appendingPathComponent("maskbench/maskbench-sample.jsonl.gz")
        let lines = try Gzip.decompress(file).split(separator: UInt8(ascii: "\n"))
        var rows: [Row] = []
        var random = SplitMix64(seed: 7)
        for (number, line) in lines.enumerated() where number % max(1, every) == 0 {
            progress(number, lines.count)
            let name = try JSONDecoder().decode(Line.self, from: line).file
            let (row, constraint) = compile(line, name)
            rows.append(row)
            guard let constraint, let shortest = row.shortest, shortest <= maxTokens else { continue }
            for mode in modes {
                do {
                    for run in try await runs(name, constraint, mode, shortest, &random) { try emit(run) }
                } catch let error as CinnabarError {
                    // A promise that was not kept: the validator counts it as an invalid text.
                    try emit(Run(name, mode, error))
                }
            }
        }
        for mode in modes {
            for _ in 0..<10 {
                let options = GenerationOptions(mode: mode, maxTokens: 64)
                let result = try await model.generate(Self.prompt, options: options).result()
                try emit(Run("", mode, "unconstrained", 64, result))
            }
        }
        return rows
    }

    private func compile(_ line: Data, _ name: String) -> (Row, Constraint?) {
        let clock = ContinuousClock()
        let begin = clock.now
        do {
            let constraint = try Self.constraint(line)
            let automaton = try model.automaton(constraint)
            let seconds = (clock.now - begin) / .seconds(1)
            let shortest = try automaton.distance(automaton.start)?.count
            return (Row(file: name, compileSeconds: seconds, shortest: shortest), constraint)
        } catch {
            let seconds = (clock.now - begin) / .seconds(1)
            return (Row(file: name, refusal: "\(error)", compileSeconds: seconds), nil)
        }
    }

    private static func constraint(_ line: Data) throws -> Constraint {
        let value = try JSONValue(json: line, name: "a line of MaskBench")
        guard let schema = value["schema"] ?? (value.hasNull("schema") ? .null : nil) else {
            throw CinnabarError(.malformed, "a line of MaskBench has no schema")
        }
        return Constraint(try Grammar(jsonSchema: schema))
    }

    private func runs(
        _ name: String,
        _ constraint: Constraint,
        _ mode: Mode,
        _ shortest: Int,
        _ random: inout SplitMix64
    ) async throws -> [Run] {
        var runs: [Run] = []
        let tight = max(1, shortest)
        // Twice: the first run meets states for the first time.
        for (kind, limit) in [("first", maxTokens), ("free", maxTokens), ("tight", tight), ("broken", maxTokens)] {
            let options = GenerationOptions(mode: mode, maxTokens: limit, constraint: constraint)
            let session = try model.generate(Self.prompt, options: options)
            if kind == "broken" {
                var iterator = session.makeAsyncIterator()
                for _ in 0..<Int.random(in: 0...8, using: &random) { _ = try await iterator.next() }
            }
            let result = kind == "broken" ? try await session.resultSoFar() : try await session.result()
            runs.append(Run(name, mode, kind, limit, result))
        }
        return runs
    }
}

extension JSONValue {
    fileprivate func hasNull(_ key: String) -> Bool {
        guard case .object(let members) = self else { return false }
        return members.contains { $0.key == key && $0.value == .null }
    }
}

extension SchemaEvaluation.Run {
    fileprivate init(_ file: String, _ mode: Mode, _ error: CinnabarError) {
        (self.file, self.mode, kind, maxTokens) = (file, mode.rawValue, "error", 0)
        (text, tokens, forwards, decodeSeconds, inferenceSeconds) = (error.description, 0, 0, 0, 0)
    }

    fileprivate init(_ file: String, _ mode: Mode, _ kind: String, _ maxTokens: Int, _ result: GenerationResult) {
        (self.file, self.mode, self.kind, self.maxTokens) = (file, mode.rawValue, kind, maxTokens)
        (text, tokens, forwards) = (result.text, result.tokens, result.forwards)
        (decodeSeconds, inferenceSeconds) = (result.decodeSeconds, result.inferenceSeconds)
    }
}
