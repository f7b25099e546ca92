import Cinnabar
import Common
import Constraints
import Foundation
import Testing

@Suite("Templates, Python and whole files, by the default model")
struct TemplateFillTests {
    private static let model = Result { try Model(threads: 2) }

    @Test("Holes are filled, fixed text stands, and choices say how probable they are", arguments: Mode.allCases)
    func fill(mode: Mode) async throws {
        let model = try Self.model.get()
        let template = try TextTemplate(
            "def {{name: /[a-z]{3,8}/}}(x):\n    return {{sign: + | - | \"not \"}}x  # {{data: json {\"type\": \"boolean\"}}}\n"
        )
        let options = GenerationOptions(mode: mode, maxTokens: 60)
        let filled = try await model.fill(template, after: "import math\n\n", options: options)
        let (text, values) = (filled.result.text, filled.values)
        #expect(values.map(\.name) == ["name", "sign", "data"])
        #expect(text == "def \(values[0].text)(x):\n    return \(values[1].text)x  # \(values[2].text)\n")
        #expect(["true", "false"].contains(values[2].text))
        let alternatives = values[1].alternatives
        #expect(alternatives.map(\.text) == ["+", "-", "not "])
        #expect(abs(alternatives.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
        #expect(values[0].alternatives.isEmpty)
        // By their definition.
        let scores = try await model.score(
            "import math\n\ndef \(values[0].text)(x):\n    return ",
            continuations: alternatives.map { $0.text + "x  # " }
        ).map { exp($0.reduce(0) { $0 + $1.token.logprob }) }
        for (alternative, score) in zip(alternatives, scores) {
            #expect(abs(alternative.probability - score / scores.reduce(0, +)) < 1e-6)
        }
    }

    @Test("A hole in JSON: the whole file satisfies the schema", arguments: Mode.allCases)
    func wholeFile(mode: Mode) async throws {
        let model = try Self.model.get()
        let schema = """
            {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"enum": ["x", "y"]}, "c": {"type": "null"}},
             "required": ["a", "b", "c"], "additionalProperties": false}
            """
        let (prefix, suffix) = ("{\"a\":1", "\",\"c\":null}")
        let options = GenerationOptions(
            mode: mode,
            maxTokens: 30,
            constraint: try .jsonSchema(schema).between(prefix: prefix, suffix: suffix)
        )
        let result = try await model.infill(prefix: prefix, suffix: suffix, options: options).result()
        let whole = prefix + result.text + suffix
        struct Value: Decodable {
            var a: Int
            var b: String
        }
        let value = try JSONDecoder().decode(Value.self, from: Data(whole.utf8))
        #expect(["x", "y"].contains(value.b), "\(whole)")
    }

    @Test("What stands around a hole may leave nothing to write")
    func impossible() throws {
        let model = try Self.model.get()
        let constraint = try Constraint.jsonSchema("{\"type\": \"object\"}").between(prefix: "[", suffix: "]")
        #expect(throws: CinnabarError.self) {
            try model.infill(prefix: "[", suffix: "]", options: GenerationOptions(constraint: constraint))
        }
    }

    @Test("Python under the constraint ends at the limit of tokens", arguments: Mode.allCases, [4, 40])
    func python(mode: Mode, limit: Int) async throws {
        let model = try Self.model.get()
        let options = GenerationOptions(mode: mode, maxTokens: limit, constraint: try .python())
        let result = try await model.generate("import os\n\n", options: options).result()
        let automaton = try model.automaton(.python())
        let state = try automaton.next(automaton.start, bytes: Array(result.text.utf8))
        #expect(try automaton.isAccepting(state), "\(result.text)")
        #expect(result.tokens <= limit)
    }
}
