import Common
import Constraints
import Testing

@Suite struct RecogniserTests {
    @Test("random languages: the same texts as by the definition, shortest completions, and no state without one")
    func equalsReference() throws {
        let seed: UInt64 = 51
        var generator = RandomLanguage(seed: seed)
        let strings = RandomLanguage.strings(upTo: 5)
        var (accepted, dead, completed) = (0, 0, 0)
        for round in 0..<600 {
            let grammar = generator.grammar()
            let members = Set(strings.filter { ReferenceMatcher.accepts(grammar, $0) })
            var recogniser = try Recogniser(grammar)
            for text in strings {
                let isMember = try recogniser.accepts(text)
                #expect(isMember == members.contains(text), "seed \(seed), round \(round): \(grammar), \(text)")
                accepted += isMember ? 1 : 0
                guard text.count <= 3 else { continue }
                let known = members.filter { $0.starts(with: text) }.map { $0.count - text.count }.min()
                let state = try text.reduce(recogniser.start) { try recogniser.next($0, $1) }
                let length = try recogniser.shortestLength(state)
                #expect((state == Recogniser.dead) == (length == nil))
                if let known {
                    #expect(length == known, "seed \(seed), round \(round): \(grammar), \(text)")
                } else if let length {
                    let completion = try #require(try recogniser.completion(state))
                    #expect(text.count + length > 5 || completion.contains { !(97...99).contains($0) })
                }
                guard let completion = try recogniser.completion(state) else {
                    dead += 1
                    continue
                }
                #expect(completion.count == length && ReferenceMatcher.accepts(grammar, text + completion))
                completed += 1
            }
        }
        #expect(accepted > 1_000 && dead > 1_000 && completed > 1_000)
    }

    @Test("catastrophic languages stay within their limits")
    func catastrophes() throws {
        let ab = Language.byte(ByteSet("ab".utf8))
        // One state for each set of places of the last 31 bytes: walking makes only those that are met.
        let exponential = Grammar(start: .sequence([.star(ab), .text("a"), .repetition(ab, minimum: 30, maximum: 30)]))
        var recogniser = try Recogniser(exponential)
        var random = SplitMix64(seed: 52)
        for _ in 0..<20 {
            let text = (0..<200).map { _ in Bool.random(using: &random) ? UInt8(97) : 98 }
            #expect(try recogniser.accepts(text) == (text[text.count - 31] == 97))
        }
        #expect(recogniser.expressionCount < 200_000)

        // Nested counters, the square of which would be states.
        let nested = Grammar(
            start: .repetition(.repetition(.text("a"), minimum: 0, maximum: 1_000), minimum: 0, maximum: 1_000)
        )
        var counters = try Recogniser(nested)
        #expect(try counters.accepts(Array(repeating: 97, count: 300)))

        var limits = RecogniserLimits()
        limits.memory = 1 << 20
        var small = try Recogniser(exponential, limits: limits)
        let error = #expect(throws: CinnabarError.self) {
            for _ in 0..<10_000 {
                _ = try small.accepts((0..<100).map { _ in Bool.random(using: &random) ? UInt8(97) : 98 })
            }
        }
        #expect(error?.code == .resource)

        // Doubling rules, 2^40 ways to begin, and brackets that open or do not, 2^200 ways to have got there.
        let doubling = Grammar(
            start: .rule(0),
            rules: (0..<40).map { index in
                let next: Language = index < 39 ? .rule(index + 1) : .text("x")
                let ways: [Language] = [.sequence([next, .text("a")]), .sequence([next, .text("b")])]
                return .init(name: "r\(index)", language: .choice(ways))
            }
        )
        var doubled = try Recogniser(doubling)
        let ends = (0..<40).map { _ in Bool.random(using: &random) ? UInt8(97) : 98 }
        #expect(try doubled.accepts(Array("x".utf8) + ends) && !doubled.accepts(Array("x".utf8) + ends.dropLast()))
        let ambiguous = Grammar(
            start: .rule(0),
            rules: ["c", "d"].enumerated().map { index, end in
                let inner = Language.repetition(.choice([.rule(0), .rule(1)]), minimum: 1, maximum: nil)
                return .init(
                    name: "r\(index)",
                    language: .choice([.text("a"), .sequence([.text("a"), inner, .text(end)])])
                )
            }
        )
        var brackets = try Recogniser(ambiguous)
        #expect(try brackets.accepts(Array(repeating: 97, count: 200) + Array("dddcdcdcdc".utf8)))
        #expect(try !brackets.accepts(Array(repeating: 97, count: 200) + Array("dddcdcdcdcx".utf8)))
        #expect(brackets.expressionCount < 100_000)
    }

    @Test("deep nesting, left recursion and wrong rules are refused; deep text is read")
    func depth() throws {
        var deep = Language.text("x")
        for _ in 0..<5_000 { deep = .sequence([.text("("), .choice([deep, .text("y")])]) }
        #expect(#expect(throws: CinnabarError.self) { try Recogniser(Grammar(start: deep)) }?.code == .unsupported)

        let left = Grammar(
            start: .rule(0),
            rules: [
                .init(name: "sum", language: .sequence([.optional(.text("-")), .rule(1)])),
                .init(name: "term", language: .choice([.text("x"), .sequence([.rule(0), .text("+x")])])),
            ]
        )
        let error = #expect(throws: CinnabarError.self) { try Recogniser(left) }
        #expect(error?.code == .unsupported && error?.message.contains("left-recursive") == true)
        #expect(throws: CinnabarError.self) { try Recogniser(Grammar(start: .rule(3))) }

        // Brackets, 20,000 deep, and a list of 20,000 options.
        let brackets = Grammar(
            start: .rule(0),
            rules: [.init(name: "b", language: .optional(.sequence([.text("["), .rule(0), .text("]")])))]
        )
        var recogniser = try Recogniser(brackets)
        let open = Array(repeating: UInt8(ascii: "["), count: 20_000)
        #expect(try recogniser.accepts(open + Array(repeating: UInt8(ascii: "]"), count: 20_000)))
        #expect(try !recogniser.accepts(open + Array(repeating: UInt8(ascii: "]"), count: 19_999)))
        let options = Grammar(start: .sequence((0..<20_000).map { .optional(.text("a\($0)")) }))
        var list = try Recogniser(
            options,
            limits: {
                var l = RecogniserLimits(); l.memory = 1 << 30; return l
            }()
        )
        #expect(try list.accepts(Array("a19998a19999".utf8)))
    }

    @Test("intersections that are empty are found out, also behind rules; searches give up within their limit")
    func emptiness() throws {
        func grammar(_ parts: [Language]) -> Grammar { Grammar(start: .intersection(parts)) }
        let even = Language.star(.sequence([.byte(.all), .byte(.all)]))
        #expect(try Recogniser(grammar([even, .repetition(.text("a"), minimum: 3, maximum: 3)])).isEmpty)
        var long = try Recogniser(grammar([even, .repetition(.text("a"), minimum: 999, maximum: nil)]))
        #expect(try long.shortestLength(long.start) == 1_000)
        // aⁿbⁿ with an odd length: nothing, but no finite search says so.
        let balanced = Grammar.Rule(
            name: "balanced",
            language: .optional(.sequence([.text("a"), .rule(0), .text("b")]))
        )
        let endless = Grammar(start: .intersection([.complement(even), .rule(0)]), rules: [balanced])
        #expect(#expect(throws: CinnabarError.self) { try Recogniser(endless) }?.code == .resource)
        // A tree whose leaves are an intersection.
        let leaf = Language.intersection([
            .repetition(.byte(ByteSet("ab".utf8)), minimum: 2, maximum: 4),
            .sequence([.star(.byte(.all)), .text("b")]),
        ])
        let tree = Grammar(
            start: .rule(0),
            rules: [
                .init(
                    name: "tree",
                    language: .choice([leaf, .sequence([.text("("), .rule(0), .text(","), .rule(0), .text(")")])])
                )
            ]
        )
        var trees = try Recogniser(tree)
        let state = try "((ab,".utf8.reduce(trees.start) { try trees.next($0, $1) }
        #expect(try trees.completion(state).map { String(decoding: $0, as: UTF8.self) } == "ab),ab)")
        #expect(try trees.accepts(Array("((ab,aab),bbbb)".utf8)) && !trees.accepts(Array("((ab,aba),bb)".utf8)))
    }
}
