import Common
import Constraints
import Foundation
import TestSupport
import Testing

@Suite struct PythonGrammarTests {
    private static func accepted(_ texts: [String], _ grammar: Grammar) throws -> [String] {
        var recogniser = try Recogniser(grammar)
        return try texts.filter { try recogniser.accepts($0.utf8) }
    }

    @Test("what CPython reads and the subset has is accepted")
    func valid() throws {
        let accepted = Set(try Self.accepted(PythonTexts.valid, .python()))
        #expect(PythonTexts.valid.filter { !accepted.contains($0) }.isEmpty)
    }

    @Test("what CPython refuses is refused", arguments: [0, 1, 15])
    func wrong(level: Int) throws {
        let indentation = String(repeating: " ", count: level * 4)
        let texts = PythonTexts.wrong.filter { level == 0 || !$0.contains("\n") }.map { indentation + $0 }
        #expect(try Self.accepted(texts, .python(indentation: level)).isEmpty)
    }

    @Test("what the documentation leaves out is refused")
    func foreign() throws {
        #expect(try Self.accepted(PythonTexts.foreign, .python()).isEmpty)
    }

    @Test("texts that begin at a level: the same statements, deeper")
    func levels() throws {
        let texts = PythonTexts.valid.filter { !$0.contains("\"\"\"") && !$0.contains("'''") && !$0.contains("\\\n") }
        for level in [1, 2, 7] {
            let indentation = String(repeating: " ", count: level * 4)
            let deeper = texts.map { text in
                text.split(separator: "\n", omittingEmptySubsequences: false)
                    .map { $0.isEmpty ? "" : indentation + $0 }.joined(separator: "\n")
            }
            let accepted = Set(try Self.accepted(deeper, .python(indentation: level)))
            #expect(deeper.filter { !accepted.contains($0) }.isEmpty)
            #expect(try Self.accepted(texts, .python(indentation: level)).isEmpty)
            let shallower = ["    x\ny", "    x\n y"].map { String(indentation.dropFirst(4) + $0) }
            #expect(try Self.accepted(shallower, .python(indentation: level)).isEmpty)
        }
        for level in [-1, 16] {
            let error = #expect(throws: CinnabarError.self) { try Grammar.python(indentation: level) }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test func expressions() throws {
        let good = ["a", "f(\n    a,\n)", "lambda: a", "a if b else c", "[a for a in b]", "not(a)", "-1"]
        let bad = ["", "a, b", "a := b", "yield", "a = b", "pass", "a\n", " a", "a # b", "*a", "a;"]
        #expect(try Self.accepted(good + bad, .pythonExpression) == good)
    }

    @Test("bounds: as much nesting as there may be is accepted, more is not")
    func bounds() throws {
        func brackets(_ count: Int) -> String {
            String(repeating: "(", count: count) + "a" + String(repeating: ")", count: count)
        }
        func blocks(_ count: Int) -> String {
            (0...count).map { String(repeating: "    ", count: $0) + ($0 < count ? "if a:\n" : "a") }.joined()
        }
        func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
        let pairs = [
            (brackets(10), brackets(11)), (blocks(15), blocks(16)),
            ("a" + repeated("+a", 40), "a" + repeated("+a", 41)),
            ("a" + repeated(".a", 20), "a" + repeated(".a", 21)),
            ("a" + repeated(" if a else a", 4), "a" + repeated(" if a else a", 5)),
            (repeated("1", 100), repeated("1", 101)),
            ("if a: a" + repeated("\nelif a: a", 32), "if a: a" + repeated("\nelif a: a", 33)),
        ]
        #expect(try Self.accepted(pairs.flatMap { [$0.0, $0.1] }, .python()) == pairs.map(\.0))
        // Without a bound: what CPython holds in lists.
        let lists = [
            "f(" + repeated("a, ", 2_000) + "b)", "a" + repeated(" and a", 1_000), "'" + repeated("é", 5_000) + "'",
        ]
        #expect(try Self.accepted(lists, .python()) == lists)
    }

    @Test("random texts of the grammar are texts of it, and end as they should")
    func drawn() throws {
        let seed: UInt64 = 92
        for level in [0, 2] {
            var texts = try RandomText(.python(indentation: level), seed: seed)
            var recogniser = texts.recogniser
            for index in 0..<150 {
                let text = try texts.draw(length: index)
                #expect(try recogniser.accepts(text), "seed \(seed), level \(level), text \(index)")
                #expect(!text.contains(0) && !text.contains(0x0D) && String(validating: text, as: UTF8.self) != nil)
            }
        }
    }

    @Test(
        "solutions of HumanEval",
        .enabled(if: SharedData.folder != nil, "the folder of shared test data is not there")
    )
    func solutions() throws {
        let lines = try Gzip.decompress(SharedData.file("evaldata/humaneval/HumanEval.jsonl.gz"))
        let tasks = try lines.split(separator: UInt8(ascii: "\n")).map {
            try JSONValue(json: String(decoding: $0, as: UTF8.self), name: "HumanEval")
        }
        let bodies = tasks.compactMap { $0["canonical_solution"]?.text }
        let accepted = try Self.accepted(bodies, .python(indentation: 1))
        #expect(bodies.count == 164 && accepted.count > 140, "\(accepted.count)")
    }
}
