import Common
import Constraints
import Foundation
import Testing

@Suite struct TokenAutomatonTests {
    /// Tokens over "abc": all single bytes or some of them, and random longer ones, also the same twice.
    static func vocabulary(_ random: inout SplitMix64, isComplete: Bool) -> [[UInt8]] {
        var tokens: [[UInt8]] = [[]]
        for byte in RandomLanguage.alphabet where isComplete || Bool.random(using: &random) { tokens.append([byte]) }
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            tokens.append(
                (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    RandomLanguage.alphabet[Int.random(in: 0..<3, using: &random)]
                }
            )
        }
        return tokens.shuffled(using: &random)
    }

    @Test("edges, distances and closers equal brute force over random languages and vocabularies")
    func equalsBruteForce() throws {
        let seed: UInt64 = 61
        var generator = RandomLanguage(seed: seed)
        var (alive, refused) = (0, 0)
        for round in 0..<300 {
            let grammar = generator.grammar()
            let tokens = Self.vocabulary(&generator.random, isComplete: round % 2 == 0)
            let suffix = round % 3 == 0 ? [generator.byte()] : []
            let prefix = (0..<max(0, round % 5 - 2)).map { _ in generator.byte() }
            // All sequences of up to 3 tokens.
            var (texts, last): ([[TokenID]], [[TokenID]]) = ([[]], [[]])
            for _ in 0..<3 {
                last = last.flatMap { text in
                    tokens.indices.compactMap { tokens[$0].isEmpty ? nil : text + [TokenID($0)] }
                }
                texts += last
            }
            let members = texts.filter {
                ReferenceMatcher.accepts(grammar, prefix + $0.flatMap { tokens[Int($0)] } + suffix)
            }
            let trie = VocabularyTrie(tokens)
            guard let automaton = try? TokenAutomaton(grammar, vocabulary: trie, after: prefix, before: suffix) else {
                #expect(members.isEmpty, "seed \(seed), round \(round): \(grammar) \(tokens)")
                refused += 1
                continue
            }
            let most = texts.map(\.count).max()!
            for text in texts.shuffled(using: &generator.random).prefix(30) {
                var state = automaton.start
                for token in text where state != Recogniser.dead {
                    state = try automaton.edges(state).target(of: token)
                }
                let known = members.filter { $0.starts(with: text) }.map { $0.count - text.count }.min()
                let comment: Comment = "seed \(seed), round \(round): \(grammar) \(tokens) \(prefix) \(suffix) \(text)"
                guard state != Recogniser.dead, let distance = try automaton.distance(state) else {
                    #expect(known == nil, comment)
                    continue
                }
                alive += 1
                #expect(distance.isExact, comment)
                if let known { #expect(distance.count == known, comment) }
                if known == nil { #expect(distance.count > most - text.count, comment) }
                let closing = try #require(try automaton.closing(state), comment)
                #expect(closing.count == distance.count, comment)
                let whole = prefix + (text + closing).flatMap { tokens[Int($0)] } + suffix
                #expect(ReferenceMatcher.accepts(grammar, whole), comment)
                #expect(try automaton.isAlive(state, within: distance.count), comment)
                #expect(try !automaton.isAlive(state, within: distance.count - 1), comment)
                #expect(try automaton.isAccepting(state) == (distance.count == 0), comment)
            }
        }
        #expect(alive > 1_000 && refused > 10)
    }

    @Test("a promise is kept: within any number of tokens that a state allows, its closer's state allows one fewer")
    func promises() throws {
        let seed: UInt64 = 62
        var generator = RandomLanguage(seed: seed)
        var steps = 0
        for round in 0..<200 {
            let grammar = generator.grammar(depth: 4)
            let tokens = Self.vocabulary(&generator.random, isComplete: round % 2 == 0)
            guard let automaton = try? TokenAutomaton(grammar, vocabulary: VocabularyTrie(tokens)) else { continue }
            var state = automaton.start
            for _ in 0..<6 {
                var left = Int.random(in: 0...6, using: &generator.random)
                if try automaton.isAlive(state, within: left) {
                    var here = state
                    while try !automaton.isAccepting(here) {
                        let closer = try #require(try automaton.closer(here))
                        here = try automaton.next(here, closer)
                        left -= 1
                        #expect(try automaton.isAlive(here, within: left), "seed \(seed), round \(round): \(grammar)")
                        steps += 1
                    }
                    #expect(left >= 0)
                }
                let edges = try automaton.edges(state)
                guard let next = edges.targets.randomElement(using: &generator.random) else { break }
                state = next
            }
        }
        #expect(steps > 300)
    }

    @Test("a promise is kept where searches give up, whatever was asked before") func promisesOfHurriedSearches() throws
    {
        let seed: UInt64 = 63
        var generator = RandomLanguage(seed: seed)
        var steps = 0
        for round in 0..<1_000 {
            let grammar = generator.grammar(depth: 4)
            let tokens = Self.vocabulary(&generator.random, isComplete: true)
            var limits = TokenAutomaton.Limits()
            limits.searchedStates = Int.random(in: 1...4, using: &generator.random)
            let trie = VocabularyTrie(tokens)
            guard let automaton = try? TokenAutomaton(grammar, vocabulary: trie, limits: limits) else { continue }
            var states = [automaton.start]
            for index in 0..<12 where index < states.count {
                states += try automaton.edges(states[index]).targets.filter { !states.contains($0) }
            }
            for _ in 0..<60 {
                let state = states.randomElement(using: &generator.random) ?? automaton.start
                if Bool.random(using: &generator.random) {
                    _ = try automaton.distance(state)
                } else {
                    _ = try automaton.isAlive(state, within: Int.random(in: 0...8, using: &generator.random))
                }
            }
            for state in states {
                guard var left = try automaton.distance(state)?.count else { continue }
                var here = state
                while try !automaton.isAccepting(here), let closer = try automaton.closer(here) {
                    here = try automaton.next(here, closer)
                    left -= 1
                    #expect(try automaton.isAlive(here, within: left), "seed \(seed), round \(round): \(grammar)")
                    steps += 1
                }
            }
        }
        #expect(steps > 3_000)
    }

    @Test("one automaton serves many threads")
    func threads() async throws {
        let grammar = Grammar(
            start: .rule(0),
            rules: [
                .init(
                    name: "list",
                    language: .sequence([
                        .text("["), .star(.choice([.rule(0), .byte(ByteSet("ab".utf8))])), .text("]"),
                    ])
                )
            ]
        )
        let trie = VocabularyTrie((0..<256).map { [UInt8($0)] } + ["[[", "]]", "ab", "a]"].map { Array($0.utf8) })
        let automaton = try TokenAutomaton(grammar, vocabulary: trie)
        let alone = try TokenAutomaton(grammar, vocabulary: trie)
        @Sendable func walk(_ automaton: TokenAutomaton, _ seed: UInt64) throws -> [Int] {
            var random = SplitMix64(seed: seed)
            var state = automaton.start
            return try (0..<200).compactMap { _ in
                let edges = try automaton.edges(state)
                guard !edges.targets.isEmpty else { return nil }
                let group = Int.random(in: 0..<edges.targets.count, using: &random)
                state = edges.targets[group]
                return try automaton.distance(state)!.count
            }
        }
        let expected = try (0..<8).map { try walk(alone, UInt64($0)) }
        let results = try await withThrowingTaskGroup(of: (Int, [Int]).self) { group in
            for seed in 0..<8 { group.addTask { (seed, try walk(automaton, UInt64(seed))) } }
            return try await group.reduce(into: [Int: [Int]]()) { $0[$1.0] = $1.1 }
        }
        for seed in 0..<8 { #expect(results[seed] == expected[seed]) }
    }

    @Test("a cache keeps the automata used last; edges that were forgotten are made again")
    func caches() throws {
        let trie = VocabularyTrie((0..<256).map { [UInt8($0)] } + [Array("ab".utf8)])
        var limits = TokenAutomaton.Limits()
        limits.memory = 1
        let cache = AutomatonCache(vocabulary: trie, capacity: 2, limits: limits)
        let grammars = ["a", "b", "c"].map { Grammar(start: .star(.sequence([.text($0), .optional(.text("ab"))]))) }
        let first = try cache.automaton(grammars[0])
        #expect(try cache.automaton(grammars[0]) === first)
        let second = try cache.automaton(grammars[1])
        #expect(try cache.automaton(grammars[0]) === first)
        _ = try cache.automaton(grammars[2])
        #expect(try cache.automaton(grammars[0]) === first)
        #expect(try cache.automaton(grammars[1]) !== second)
        #expect(throws: CinnabarError.self) { try cache.automaton(Grammar(start: .nothing)) }
        // With no room for edges every state is made anew, and is the same.
        var seen: [TokenAutomaton.State: [TokenAutomaton.State]] = [:]
        var state = first.start
        for _ in 0..<20 {
            let edges = try first.edges(state)
            #expect(seen[state, default: edges.targets] == edges.targets)
            seen[state] = edges.targets
            state = try #require(edges.targets.last)
        }
        #expect(first.usage.states < 3)
    }
}
