import Cinnabar
import Common
import Constraints
import Foundation
import Models
import TestSupport
import Testing
import Tokenizers

/// Models of every family, the default one included, write only what a constraint allows.
@Suite struct ConstrainedModelTests {
    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("constrained-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try await body(url)
    }

    /// Free, as short as possible, broken off, hot.
    private func check(_ model: Model, _ mode: Mode) async throws {
        let pattern = #"[a-f]{3}(-[0-9]{2}){1,2}|none at all"#
        let whole = try Regex("(?:\(pattern))")
        let constraint = try Constraint.regex(pattern)
        let shortest = try #require(try model.automaton(constraint).distance(model.automaton(constraint).start)).count
        for (limit, stop, temperature) in [(24, 99, 0), (shortest, 99, 0), (24, 2, 0), (24, 99, 1.5), (9, 1, 0.7)] {
            guard limit >= shortest else { continue }
            let options = GenerationOptions(
                mode: mode,
                maxTokens: limit,
                temperature: temperature,
                seed: 3,
                constraint: constraint
            )
            let session = try model.generate("def f(x):\n    return", options: options)
            var iterator = session.makeAsyncIterator()
            var steps = 0
            while steps < stop, try await iterator.next() != nil { steps += 1 }
            let result = try await session.resultSoFar()
            #expect(try whole.wholeMatch(in: result.text) != nil, "\(mode) \(limit): '\(result.text)'")
            #expect(result.tokens <= limit)
        }
        let least = GenerationOptions(mode: mode, maxTokens: shortest - 1, constraint: constraint)
        #expect(throws: CinnabarError.self) { try model.generate("x", options: least) }
    }

    @Test("Every family keeps to a constraint in every mode it has", arguments: Family.all.map(\.name))
    func families(name: String) async throws {
        let family = try #require(Family.all.first { $0.name == name })
        try await withFolder { url in
            // With the control tokens by which a family changes the length of its text, where it has them.
            let further =
                family.lengthMarkers == nil ? [:] : ["expand_token_id": 5, "split_token_id": 5, "delete_token_id": 6]
            try FamilyModelTests.write(family, to: url, further: further)
            let model = try Model(folder: url, threads: 1)
            let attention = model.network.configuration.variant.attention
            let modes = Mode.allCases.filter { mode in
                let isVerified = mode == .lossless || mode == .autoregressive
                return attention == .causal || !isVerified
            }
            for mode in modes { try await check(model, mode) }
            guard attention == .full else { return }
            let options = GenerationOptions(mode: .speed, maxTokens: 12, constraint: try .regex("[0-9]{2,4}"))
            let hole = try await model.infill(prefix: "a = ", suffix: "\n", options: options).result()
            #expect(try Regex("[0-9]{2,4}").wholeMatch(in: hole.text) != nil, "'\(hole.text)'")
        }
    }

    @Test("The default model keeps to a constraint in every mode", arguments: Mode.allCases)
    func native(mode: Mode) async throws {
        let model = try Model(threads: 2)
        try await check(model, mode)
        let schema =
            #"{"type": "object", "properties": {"n": {"type": "integer"}, "s": {"enum": ["a", "b"]}}, "required": ["n", "s"]}"#
        let options = GenerationOptions(mode: mode, maxTokens: 40, constraint: try .jsonSchema(schema))
        let result = try await model.generate("data = ", options: options).result()
        struct Answer: Decodable { let n: Int, s: String }
        let answer = try JSONDecoder().decode(Answer.self, from: Data(result.text.utf8))
        #expect(["a", "b"].contains(answer.s))
        let hole = GenerationOptions(mode: mode, maxTokens: 16, constraint: try .choice(["self.radius", "None"]))
        let filled = try await model.infill(prefix: "    return ", suffix: "\n", options: hole).result()
        #expect(["self.radius", "None"].contains(filled.text))
    }

    /// Schemas of MaskBench with searches that give up: once a session stood where none of its ways seemed to end in time.
    @Test(
        "Sessions with as few tokens as possible end where searches give up",
        .enabled(if: SharedData.folder != nil, "needs ../shared/evaldata/maskbench"),
        arguments: [Mode.autoregressive, .quality]
    )
    func tightLimits(mode: Mode) async throws {
        let names: Set = [
            "Github_hard---o21246.json", "Github_hard---o21335.json", "Github_hard---o79409.json",
            "Github_medium---o33928.json", "Handwritten---allany20.json",
        ]
        let model = try Model(threads: 1)
        let file = try SharedData.file("evaldata/maskbench/maskbench-sample.jsonl.gz")
        let needles = names.map { Data($0.utf8) }
        var tried = 0
        for line in try Gzip.decompress(file).split(separator: UInt8(ascii: "\n"))
        where needles.contains(where: { line.range(of: $0) != nil }) {
            let schema = try #require(try JSONValue(json: line)["schema"])
            let constraint = Constraint(try Grammar(jsonSchema: schema))
            let automaton = try model.automaton(constraint)
            let shortest = try #require(try automaton.distance(automaton.start)).count
            for limit in [shortest, 256] {
                let options = GenerationOptions(mode: mode, maxTokens: limit, constraint: constraint)
                let text = try await model.generate("data = ", options: options).result().text
                let end = try automaton.next(automaton.start, bytes: Array(text.utf8))
                #expect(try automaton.isAccepting(end), "\(limit): \(text)")
            }
            tried += 1
        }
        #expect(tried == names.count)
    }

    @Test func forcedTextNeedsNoForward() async throws {
        let model = try Model(threads: 1)
        let text = "import numpy as np\nimport matplotlib.pyplot as plt\n"
        let options = GenerationOptions(mode: .autoregressive, maxTokens: 60, constraint: try .choice([text]))
        let result = try await model.generate("x = 1\n", options: options).result()
        #expect(result.text == text)
        #expect(result.tokens == model.tokenizer.encode(text).count)
        #expect(result.forwards < 4, "\(result.forwards) forwards")
    }
}
