import Common
import Constraints
import Testing

/// Constraints made to cost: each ends in an automaton within its memory, or in an error that says what is wrong.
@Suite struct BadInputTests {
    /// Makes the automaton over bytes and walks it, along texts and at random.
    private static func exercise(_ texts: [String] = [], _ grammar: () throws -> Grammar) {
        var limits = TokenAutomaton.Limits()
        (limits.recogniser.memory, limits.recogniser.work) = (16 << 20, 2_000_000)
        do {
            let grammar = try grammar()
            let vocabulary = VocabularyTrie((0..<256).map { [UInt8($0)] })
            let automaton = try TokenAutomaton(grammar, vocabulary: vocabulary, limits: limits)
            for text in texts { _ = try automaton.next(automaton.start, bytes: text.utf8) }
            var random = SplitMix64(seed: 71)
            var state = automaton.start
            for _ in 0..<50 {
                let edges = try automaton.edges(state)
                guard let next = edges.targets.randomElement(using: &random) else { break }
                state = next
                #expect(try automaton.closing(state, first: 1) != nil)
            }
            #expect(automaton.usage.expressionMemory <= limits.recogniser.memory)
        } catch let error as CinnabarError {
            let codes: [CinnabarError.Code] = [.resource, .unsupported, .invalidArgument, .malformed]
            #expect(codes.contains(error.code) && !error.message.isEmpty, "\(error)")
        } catch {
            Issue.record(error)
        }
    }

    private static func joined(_ count: Int, _ separator: String, _ piece: (Int) -> String) -> String {
        (0..<count).map(piece).joined(separator: separator)
    }

    private static func nested(_ open: String, _ inner: String, _ close: String, _ count: Int) -> String {
        String(repeating: open, count: count) + inner + String(repeating: close, count: count)
    }

    // Tests are told by index: some of the texts are long.
    private static let patterns: [String] = [
        "(a+)+b", "(a|a)*b", "(a|aa)+b", "(a*)*b", "(.*)*x", "([a-z]+)*!", "(x+x+)+y", "(a?){60}a{60}", "(.*a){25}",
        "(a|b)*a(a|b){25}",
        "((a{1,1000}){1,1000}){1,1000}", "a{0,1073741824}b", "a{1000000000}", ".{0,100000}.{0,100000}x",
        "(?=(a+)+b)(?!(a|aa)+c).*",
        "(?=.*a)(?=.*b)(?=.*c)(?=.*d)(?=.*e)(?=.*f)[a-z]{6,}", "(?!.*(.*a){20}).*", nested("(", "a", ")", 50_000),
        nested("(?:a|", "b", ")*", 3_000),
        String(repeating: "(", count: 100_000), String(repeating: "[", count: 10_000),
        String(repeating: "a?", count: 5_000),
        String(repeating: "a|", count: 20_000) + "b", "\\p{L}{1,5000}",
        "(?i)" + String(repeating: "\\w\\W", count: 2_000), "a{99999999999999999999}",
    ]

    @Test("expressions that make other engines hang or overflow", arguments: patterns.indices)
    func expressions(_ index: Int) {
        Self.exercise([String(repeating: "a", count: 3_000), String(repeating: "ab", count: 1_000) + "!"]) {
            try Grammar(regex: Self.patterns[index])
        }
    }

    private static let schemaTexts: [String] = [
        nested(#"{"items":"#, "{}", "}", 10_000), nested(#"{"not":"#, "{}", "}", 10_000),
        nested(#"{"allOf":["#, "{}", "]}", 900),
        nested(
            #"{"type":"object","properties":{"a":"#,
            #"{"type":"null"}"#,
            #"},"required":["a"],"additionalProperties":false}"#,
            250
        ),
        ##"{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}"##,
        ##"{"allOf":[{"$ref":"#"}]}"##, ##"{"not":{"$ref":"#"}}"##,
        ##"{"type":"array","items":{"$ref":"#"},"minItems":1}"##, ##"{"anyOf":[{"$ref":"#"},{"type":"null"}]}"##,
        #"{"type":"array","minItems":1000000000}"#,
        #"{"type":"array","items":{"type":"integer"},"minItems":5,"maxItems":3}"#,
        #"{"type":"string","minLength":1000000000}"#, #"{"type":"string","maxLength":1000000000}"#,
        #"{"type":"string","pattern":"(a|aa)+b","maxLength":40}"#,
        #"{"type":"string","pattern":"^a+$","minLength":30000,"maxLength":30001}"#,
        #"{"type":"string","pattern":"^a*$","not":{"pattern":"^a*$"}}"#,
        #"{"type":"string","format":"date","maxLength":3}"#, #"{"type":"number","multipleOf":1e-300}"#,
        #"{"type":"integer","multipleOf":999999937}"#,
        #"{"type":"integer","minimum":1e300}"#, #"{"minimum":2,"maximum":1,"type":"number"}"#,
        #"{"const":1,"enum":[2]}"#,
        #"{"allOf":[{"minimum":5},{"maximum":3},{"type":"number"}]}"#,
        #"{"oneOf":[{"type":"string"},{"type":"string"}]}"#,
        #"{"type":"object","required":["a"],"additionalProperties":false}"#,
        #"{"type":"object","minProperties":3,"maxProperties":1}"#,
        #"{"type":"object","properties":{"a":{"const":1}},"required":["a"],"patternProperties":{"a":{"const":2}}}"#,
        #"{"type":"object","minProperties":1000}"#,
        #"{"type":"array","uniqueItems":true,"items":{"type":"boolean"},"minItems":3}"#,
        "{\"enum\":[" + joined(20_000, ",") { "\"value \($0 * 7_919)\"" } + "]}",
        "{\"allOf\":["
            + joined(30, ",") { "{\"anyOf\":[{\"minimum\":\($0)},{\"type\":\"string\",\"minLength\":\($0)}]}" } + "]}",
        "{\"oneOf\":[" + joined(40, ",") { "{\"type\":\"string\",\"pattern\":\"a{\($0)}\"}" } + "]}",
        "{\"properties\":{" + joined(3_000, ",") { "\"p\($0)\":{\"type\":\"integer\"}" } + "}}",
        "{\"allOf\":["
            + joined(20, ",") { "{\"if\":{\"required\":[\"p\($0)\"]},\"then\":{\"required\":[\"p\($0 + 1)\"]}}" }
            + "]}",
        "{\"dependentRequired\":{" + joined(16, ",") { "\"p\($0)\":[\"p\($0 + 1)\"]" } + "}}",
    ]

    @Test("schemas that multiply, recur, nest or contradict themselves", arguments: schemaTexts.indices)
    func schemas(_ index: Int) {
        Self.exercise { try Grammar(jsonSchema: Self.schemaTexts[index]) }
    }

    private static let grammarTexts: [String] = [
        "root ::= " + nested("(", "\"a\"", ")", 50_000), "root ::= " + nested("(", "\"a\"", ")*", 90),
        "root ::= \"a\"{1048576}",
        "root ::= (\"a\"{1,1000}){1,1000}", "root ::= root", "root ::= root root | \"a\"",
        "root ::= a\na ::= b\nb ::= a | \"x\"", "root ::= \"(\" root \")\"",
        "root ::= \"a\" root \"a\" | \"b\" root \"b\" | \"\"", "root ::= (\"a\" | \"a\" \"a\")* \"b\"",
        "root ::= \"a\"? root? \"b\"",
        joined(2_000, "\n") { "r\($0) ::= \"x\" r\($0 + 1) | r\($0 + 1)" }
            + "\nr2000 ::= \"y\"\nroot ::= r0",
        joined(200, "\n") { "r\($0) ::= r\($0 + 1) r\($0 + 1)" }
            + "\nr200 ::= \"y\" | \"\"\nroot ::= r0",
        "root ::= " + joined(20_000, " | ") { "\"a\($0)\"" },
    ]

    @Test("grammars that nest, count, recur or derive nothing", arguments: grammarTexts.indices)
    func grammars(_ index: Int) {
        Self.exercise([String(repeating: "a", count: 3_000), String(repeating: "(", count: 3_000)]) {
            try Grammar(gbnf: Self.grammarTexts[index])
        }
    }

    private static func pairs(_ text: [UInt8]) -> [(prefix: [UInt8], suffix: [UInt8])] {
        [([], text), (text, []), (text, text)]
    }

    @Test("suffixes and prefixes that are long, deep or ambiguous")
    func suffixes() throws {
        let vocabulary = VocabularyTrie((0..<256).map { [UInt8($0)] })
        var limits = TokenAutomaton.Limits()
        (limits.recogniser.memory, limits.recogniser.work) = (64 << 20, 2_000_000)
        let grammars: [Grammar] = [
            .json(), try .python(), try Grammar(regex: "(a|aa)*b?(.*a){5}"),
            try Grammar(gbnf: "root ::= \"a\" root \"a\" | \"b\""), try Grammar(regex: "(?=.*ab)(?!.*bb).*"),
        ]
        let long: [(String, Int)] = [
            ("a", 5_000), ("[", 2_000), ("]", 2_000), (")", 500), ("\n", 5_000), ("x = (1, [2])\n", 300), ("\0", 1),
            ("\u{10FFFF}", 1),
        ]
        var texts: [[UInt8]] = [[0xFF], [0x80, 0x80]]
        for (text, count) in long { texts.append(Array(String(repeating: text, count: count).utf8)) }
        for grammar in grammars {
            for text in texts {
                for (prefix, suffix) in Self.pairs(text) {
                    do {
                        let automaton = try TokenAutomaton(
                            grammar,
                            vocabulary: vocabulary,
                            after: prefix,
                            before: suffix,
                            limits: limits
                        )
                        let closing = try #require(try automaton.closing(automaton.start))
                        var recogniser = try Recogniser(grammar)
                        #expect(try recogniser.accepts(prefix + vocabulary.bytes(of: closing) + suffix))
                    } catch let error as CinnabarError {
                        let codes: [CinnabarError.Code] = [.resource, .unsupported, .invalidArgument]
                        #expect(codes.contains(error.code), "\(error)")
                    }
                }
            }
        }
    }
}
