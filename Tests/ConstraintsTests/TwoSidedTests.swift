import Common
import Constraints
import Testing

/// Texts between a prefix and a suffix that are given.
@Suite struct TwoSidedTests {
    private static let bytes = VocabularyTrie((0..<256).map { [UInt8($0)] })

    private static func automaton(_ grammar: Grammar, _ prefix: String, _ suffix: String) throws -> TokenAutomaton {
        try TokenAutomaton(grammar, vocabulary: bytes, after: Array(prefix.utf8), before: Array(suffix.utf8))
    }

    private static func accepts(_ automaton: TokenAutomaton, _ text: String) throws -> Bool {
        let end = try automaton.next(automaton.start, bytes: text.utf8)
        return try end != Recogniser.dead && automaton.isAccepting(end)
    }

    private static func shortest(_ automaton: TokenAutomaton) throws -> String {
        let tokens = try #require(try automaton.closing(automaton.start))
        return String(decoding: automaton.vocabulary.bytes(of: tokens), as: UTF8.self)
    }

    @Test("random languages, prefixes and suffixes: the texts of the definition, and none that leads nowhere")
    func equalsReference() throws {
        let seed: UInt64 = 65
        var generator = RandomLanguage(seed: seed)
        let strings = RandomLanguage.strings(upTo: 4)
        var (accepted, refused) = (0, 0)
        for round in 0..<400 {
            let grammar = generator.grammar()
            let (prefix, suffix) = [0, 0].map { _ in
                (0..<Int.random(in: 0...3, using: &generator.random)).map { _ in generator.byte() }
            }.reduce(into: ([UInt8](), [UInt8]())) { $0 = ($0.1, $1) }
            let comment: Comment = "seed \(seed), round \(round): \(grammar), \(prefix), \(suffix)"
            let members = Set(strings.filter { ReferenceMatcher.accepts(grammar, prefix + $0 + suffix) })
            let made = try? TokenAutomaton(grammar, vocabulary: Self.bytes, after: prefix, before: suffix)
            guard let automaton = made else {
                #expect(members.isEmpty, comment)
                refused += 1
                continue
            }
            for text in strings {
                let end = try automaton.next(automaton.start, bytes: text)
                let isMember = try end != Recogniser.dead && automaton.isAccepting(end)
                #expect(isMember == members.contains(text), comment)
                if members.contains(where: { $0.starts(with: text) }) { #expect(end != Recogniser.dead, comment) }
                guard end != Recogniser.dead else { continue }
                let closing = try #require(try automaton.closing(end), comment)
                let whole = prefix + text + closing.map { UInt8($0) } + suffix
                #expect(ReferenceMatcher.accepts(grammar, whole), comment)
                accepted += 1
            }
        }
        #expect(accepted > 1_000 && refused > 50)
    }

    @Test("a hole in a JSON document is filled so that the document is valid")
    func json() throws {
        let grammar = try Grammar(
            jsonSchema: """
                {"type": "object", "properties": {"name": {"type": "string", "maxLength": 5},
                 "age": {"type": "integer", "minimum": 10, "maximum": 99}, "tags": {"type": "array", "items": {"enum": ["a", "b"]}}},
                 "required": ["name", "age", "tags"], "additionalProperties": false}
                """
        )
        let age = try Self.automaton(grammar, #"{"name":"Ada","age":"#, #","tags":["a"]}"#)
        for (text, isValid) in [("36", true), ("9", false), ("100", false), (#"36,"tags":[]"#, false), ("", false)] {
            #expect(try Self.accepts(age, text) == isValid, "\(text)")
        }
        // The hole may begin and end within what would be one token, and within a string.
        let within = try Self.automaton(grammar, #"{"name":"A"#, #"b"]}"#)
        for (text, isValid) in [
            (#"da","age":36,"tags":[""#, true), (#"","age":10,"tags":["a",""#, true),
            (#"da","age":36,"tags":["a"#, false),
            (#"dadada","age":36,"tags":[""#, false),
        ] {
            #expect(try Self.accepts(within, text) == isValid, "\(text)")
        }
        #expect(try Self.accepts(within, Self.shortest(within)))
        let nested = try Self.automaton(.json(), "[[1,{\"a\":", "}]]")
        #expect(try Self.accepts(nested, "[]") && Self.accepts(nested, "1},{\"b\":2") && !Self.accepts(nested, "[]}]"))
    }

    @Test("a hole in Python is filled so that the whole is Python")
    func python() throws {
        let prefix = "def f(x):\n    if x:\n        return g("
        let suffix = ")\n    return 0\n\n\nprint(f(1))\n"
        let automaton = try Self.automaton(.python(), prefix, suffix)
        for (text, isValid) in [
            ("x", true), ("", true), ("x, y=1", true), ("x)\n    y = (1", true), ("x)\n    y = [1", false),
            ("x=1, y", false),
            ("x))\n    y = ((1", false), ("'", false), ("x)\nelse:\n    (", false),
        ] {
            #expect(try Self.accepts(automaton, text) == isValid, "\(text)")
        }
        // The level of the suffix decides where the hole may end.
        let block = try Self.automaton(.python(), "def f(x):\n", "\n        z\n    else:\n        w\n")
        #expect(try Self.accepts(block, "    if x:\n        y") && Self.accepts(block, Self.shortest(block)))
        #expect(try !Self.accepts(block, "    x") && !Self.accepts(block, "    with x:\n        y"))
    }

    @Test("a prefix or a pair that fits nothing is refused, and the error tells which")
    func infeasible() throws {
        let pairs: [(Grammar, String, String, String)] = [
            (.json(), "[1,,", "]", "byte 3 cannot follow"), (.json(), "[1", "}", "between the given prefix and suffix"),
            (try .python(), "x = 1\n  ", "", "byte 6 cannot follow"),
            (try .python(), "x = 1\n  ", "\n", "byte 6 cannot follow"),
            (try .python(), "f(", "\n= 1\n", "between"), (try .python(), "if x:\n", "\n        y\n  z\n", "between"),
        ]
        for (grammar, prefix, suffix, part) in pairs {
            let error = #expect(throws: CinnabarError.self) { try Self.automaton(grammar, prefix, suffix) }
            #expect(error?.code == .invalidArgument && error?.message.contains(part) == true, "\(prefix) … \(suffix)")
        }
        let error = #expect(throws: CinnabarError.self) { try Self.automaton(Grammar(regex: "ab*c"), "ab", "d") }
        #expect(error?.code == .invalidArgument && error?.message.contains("between") == true)
    }
}
