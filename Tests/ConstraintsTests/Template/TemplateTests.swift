import Common
import Constraints
import Testing

@Suite struct TemplateTests {
    private static func values(_ template: String, _ text: String) throws -> [String] {
        try Template(text: template).values(of: text).map { "\($0.name)=\($0.text)" }
    }

    @Test func readsTheExample() throws {
        let template = try Template(text: "Name: {{name: /[A-Z][a-z]+/}}, mood: {{mood: happy | sad}}")
        #expect(
            template.parts == [
                .text("Name: "), .hole(.init("name", .regex("[A-Z][a-z]+"))), .text(", mood: "),
                .hole(.init("mood", .choices(["happy", "sad"]))),
            ]
        )
        #expect(template.holes.map(\.alternatives) == [nil, ["happy", "sad"]])
        var recogniser = try Recogniser(template.grammar)
        #expect(try recogniser.accepts("Name: Ada, mood: sad".utf8))
        #expect(try !recogniser.accepts("Name: ada, mood: sad".utf8) && !recogniser.accepts("Name: Ada, mood: ".utf8))
        let values = try template.values(of: "Name: Ada, mood: happy")
        #expect(values.map(\.text) == ["Ada", "happy"] && values.map(\.name) == ["name", "mood"])
        #expect(values.map(\.range) == [6..<9, 17..<22])
        let error = #expect(throws: CinnabarError.self) { try template.values(of: "Name: Ada, mood: good") }
        #expect(error?.code == .invalidArgument && error?.message.contains("byte 17, hole 'mood'") == true)
        #expect(throws: CinnabarError.self) { try template.values(of: "Name: Ada, mood: happy!") }
    }

    @Test func readsAllKinds() throws {
        #expect(
            try Self.values("{{a: json}};{{b: json {\"type\": \"integer\"} }}", "[1,\"}}\"];12") == [
                "a=[1,\"}}\"]", "b=12",
            ]
        )
        #expect(try Self.values(#"{{a: gbnf "root ::= \"x\" root | \"y\""}}"#, "xxy") == ["a=xxy"])
        #expect(
            try Self.values("f({{a: python}}) = {{b: /[a-c\\/]*/}}", "f(g(1, [2])) = a/b") == ["a=g(1, [2])", "b=a/b"]
        )
        #expect(try Self.values("<{{a: text}}>{{b: text 0..3 lines}}", "<é\t>>\n") == ["a=é\t>", "b=\n"])
        #expect(try Self.values("{{a: \"only\"}}{{b:\"\" | x}}", "only") == ["a=only", "b="])
        #expect(try Self.values("{{ a:\n  one two |\n  json | {3} \n}}", "{3}") == ["a={3}"])
        #expect(try Self.values("{{a: text 2}}", "ab") == ["a=ab"])
        #expect(throws: CinnabarError.self) { try Self.values("{{a: text 2}}", "abc") }
        #expect(throws: CinnabarError.self) { try Self.values("{{a: text}}", "a\nb") }
        #expect(throws: CinnabarError.self) { try Self.values("{{a: text lines}}", "") }
        #expect(try Self.values("", "").isEmpty && Self.values("fixed", "fixed").isEmpty)
        #expect(throws: CinnabarError.self) { try Self.values("fixed", "fixes") }
    }

    @Test(
        "braces and backslashes in fixed text",
        arguments: [
            (#"a \{{b}} {{c: x | y}}"#, "a {{b}} x"), (#"\\{{c: x | y}}"#, #"\x"#), (#"\\\{{ {{c: x | y}}"#, #"\{{ x"#),
            (#"a\b\ {c} }} {{c: x | y}}"#, #"a\b\ {c} }} x"#),
        ]
    )
    func escapes(_ template: String, _ text: String) throws {
        #expect(try Self.values(template, text) == ["c=x"])
    }

    @Test(
        "errors name the hole and the place",
        arguments: [
            ("ab {{", "line 1, column 6: a hole without a name"), ("{{: x}}", "column 3: a hole without a name"),
            ("a\nb {{1a: x}}", "line 2, column 5: a hole without a name"),
            ("{{a}}", "column 4: hole 'a': expected ':'"),
            ("x{{a: happy}}", "column 7: hole 'a': unknown kind 'happy'"),
            ("{{a: json", "column 1: hole 'a': '{{' without '}}'"),
            ("{{a: json | b", "column 1: hole 'a': '{{' without '}}'"),
            ("{{a: /x}}", "column 6: hole 'a': a regular expression without"),
            ("{{a: /x\\", "hole 'a': a regular expression without"),
            ("{{a: \"x}}", "column 6: hole 'a': a string without"),
            ("{{a: json {\"x\": 1}}", "column 19: hole 'a': expected '}}'"),
            ("{{a: json {\"x\": {}}}", "hole 'a': expected '}}'"),
            ("{{a: json {\"x\"}}", "hole 'a'"),
            ("{{a: text 5..2}}", "column 11: hole 'a': a greatest length of 2 below"),
            ("{{a: text 999999999999999999999}}", "column 11: hole 'a': expected a number up to"),
            ("{{a: text 1..}}", "hole 'a': expected a number"),
            ("{{a: x | }}", "hole 'a': an empty text"), ("{{a: gbnf}}", "column 10: hole 'a': expected a grammar"),
            ("{{a: python x}}", "unknown kind 'python x'"),
            ("{{a: json}} {{a: json}}", "column 13: hole 'a': there is another hole"), ("{{a: /(/}}", "hole 'a': "),
            ("{{a: json {\"type\": 1} }}", "hole 'a': "),
            ("{{a: gbnf \"root ::= x\"}}", "column 1: hole 'a': grammar, line 1, column 10"),
            ("{{a: json {\"type\": \"integer\", \"minimum\": 2, \"maximum\": 1} }}", "hole 'a': "),
            ("{{a: /x(?=y)z/}}", "hole 'a': "), ("{{a: /(?!x)x/}}", "column 1: hole 'a': no text fits"),
        ]
    )
    func errors(_ template: String, _ part: String) {
        let error = #expect(throws: CinnabarError.self, "\(template)") { try Template(text: template) }
        #expect(error?.message.contains(part) == true, "\(template): \(String(describing: error))")
        let codes: [CinnabarError.Code] = [.malformed, .invalidArgument, .unsupported]
        #expect(error.map { codes.contains($0.code) } == true)
    }

    @Test func refusesWrongParts() throws {
        for hole in [
            Template.Hole("1", .python), .init("", .python), .init("a b", .python), .init("a", .choices([])),
            .init("a", .text(-1...2, lines: false)), .init("a", .text(0...1_000_000, lines: false)),
            .init("a", .regex("[")),
        ] {
            let error = #expect(throws: CinnabarError.self) { try Template([.hole(hole)]) }
            #expect(error?.message.contains("hole '\(hole.name)'") == true)
        }
        let many = (0...200).map { Template.Part.hole(.init("a\($0)", .choices(["x"]))) }
        #expect(try Template(Array(many.dropLast())).holes.count == 200)
        #expect(throws: CinnabarError.self) { try Template(many) }
    }

    /// A random template over the letters "ab".
    private static func random(_ random: inout SplitMix64) -> [Template.Part] {
        let kinds: [Template.Kind] = [
            .regex("a*"), .regex("a*b?"), .regex("(ab|b)+"), .regex("[ab]{1,2}"), .regex("b?a?"),
            .choices(["a", "ab", "ba"]),
            .choices(["", "b"]), .text(0...2, lines: false), .text(1...3, lines: true),
            .gbnf("root ::= \"a\" root \"b\" | \"\""),
        ]
        let texts = ["a", "b", "ab", "ba"]
        return (0..<Int.random(in: 1...5, using: &random)).map { index in
            Int.random(in: 0..<3, using: &random) == 0
                ? .text(texts[Int.random(in: 0..<texts.count, using: &random)])
                : .hole(.init("h\(index)", kinds[Int.random(in: 0..<kinds.count, using: &random)]))
        }
    }

    @Test("random templates: the texts and the values of the definition")
    func equalsReference() throws {
        let seed: UInt64 = 21
        var random = SplitMix64(seed: seed)
        var (accepted, ambiguous) = (0, 0)
        for round in 0..<150 {
            let template = try Template(Self.random(&random))
            // By part, what it takes.
            let grammars = try template.parts.map { try Template([$0]).grammar }
            for length in 0...5 {
                for number in 0..<(1 << length) {
                    let text = (0..<length).map { UInt8(ascii: "a") + UInt8(number >> $0 & 1) }
                    // All divisions of the text, the longest first parts first.
                    var divisions: [[ArraySlice<UInt8>]] = []
                    func divide(_ index: Int, _ start: Int, _ done: [ArraySlice<UInt8>]) {
                        guard index < grammars.count else {
                            if start == text.count { divisions.append(done) }
                            return
                        }
                        for end in (start...text.count).reversed()
                        where ReferenceMatcher.accepts(grammars[index], Array(text[start..<end])) {
                            divide(index + 1, end, done + [text[start..<end]])
                        }
                    }
                    divide(0, 0, [])
                    let string = String(decoding: text, as: UTF8.self)
                    let comment: Comment = "seed \(seed), round \(round): \(template.parts), \(string)"
                    #expect(ReferenceMatcher.accepts(template.grammar, text) == !divisions.isEmpty, comment)
                    guard let first = divisions.first else {
                        #expect(throws: CinnabarError.self, comment) { try template.values(of: string) }
                        continue
                    }
                    accepted += 1
                    ambiguous += divisions.count > 1 ? 1 : 0
                    let expected = zip(template.parts, first).compactMap { part, slice -> String? in
                        guard case .hole(let hole) = part else { return nil }
                        return "\(hole.name) \(String(decoding: slice, as: UTF8.self)) \(slice.indices)"
                    }
                    let values = try template.values(of: string)
                    #expect(values.map { "\($0.name) \($0.text) \($0.range)" } == expected, comment)
                }
            }
        }
        #expect(accepted > 300 && ambiguous > 100)
    }

    @Test("too many readings end in an error, not in a hang")
    func manyReadings() throws {
        let hole = { Template.Part.hole(.init($0, .text(0...100_000, lines: false))) }
        let template = try Template([hole("a"), .text("-"), hole("b"), .text("-"), hole("c"), .text("!")])
        #expect(try template.values(of: "x-y-z!").map(\.text) == ["x", "y", "z"])
        let error = #expect(throws: CinnabarError.self) {
            try template.values(of: String(repeating: "-", count: 20_000))
        }
        #expect(error?.code == .resource)
    }

    @Test("mutated templates are read or refused")
    func survivesMutations() throws {
        let seeds = [
            #"Name: {{name: /[A-Z]\/[a-z]+/}}, mood: {{mood: happy | "s\u0061d"}} \{{x}} {{t: text 1..20 lines}}"#,
            #"{{a: json {"type": "object", "properties": {"x": {"const": "}}"}}} }}{{b: gbnf "root ::= \"x\"+"}}{{c: json}}{{d: "" | x}}"#,
        ]
        let signs = Array("{}{}:|/\"\\ \nab01.-_jt".unicodeScalars)
        let seed: UInt64 = 22
        var random = SplitMix64(seed: seed)
        var read = 0
        for round in 0..<3_000 {
            var scalars = Array(seeds[round % seeds.count].unicodeScalars)
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let place = Int.random(in: 0..<scalars.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: scalars[place] = signs[Int.random(in: 0..<signs.count, using: &random)]
                case 1: scalars.insert(signs[Int.random(in: 0..<signs.count, using: &random)], at: place)
                case 2: scalars.removeLast(scalars.count - place - 1)
                default: if scalars.count > 1 { scalars.remove(at: place) }
                }
            }
            let text = String(String.UnicodeScalarView(scalars))
            do {
                let template = try Template(text: text)
                var recogniser = try Recogniser(template.grammar)
                let shortest = String(
                    decoding: try #require(try recogniser.completion(recogniser.start)),
                    as: UTF8.self
                )
                let values = try template.values(of: shortest)
                #expect(values.map(\.name) == template.holes.map(\.name), "seed \(seed): \(text)")
                read += 1
            } catch let error as CinnabarError {
                #expect(error.message.contains("template"), "seed \(seed): \(text): \(error)")
            }
        }
        #expect(read > 300)
    }
}
