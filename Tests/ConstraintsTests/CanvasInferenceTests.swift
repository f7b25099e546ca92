import Common
import Constraints
import Foundation
import Testing

@Suite struct CanvasInferenceTests {
    @Test(
        "marginals, mode, feasibility and surprise equal enumeration",
        arguments: [(71 as UInt64, 3, 1_500), (72, 6, 150)]
    )
    func equalsEnumeration(seed: UInt64, longest: Int, rounds: Int) throws {
        var generator = RandomLanguage(seed: seed)
        var (feasible, infeasible, several) = (0, 0, 0)
        for round in 0..<rounds {
            guard let problem = try RandomCanvas(&generator, longest: longest) else { continue }
            let reference = ReferenceTexts(problem.grammar, tokens: problem.tokens)
            let valid = try problem.assignments(reference)
            let comment: Comment = "seed \(seed), round \(round)"
            var inference = CanvasInference(problem.automaton, options: problem.options)
            let reading = try inference.read(problem.cells, from: problem.automaton.start, left: problem.left)
            let isFeasible = try inference.isFeasible(problem.cells, from: problem.automaton.start, left: problem.left)
            #expect(isFeasible == !valid.isEmpty, comment)
            guard let reading else {
                #expect(valid.isEmpty, comment)
                infeasible += 1
                continue
            }
            feasible += 1
            several += valid.count > 1 ? 1 : 0
            let total = valid.reduce(0) { $0 + $1.weight }
            #expect(abs(reading.surprise - max(0, -log(total))) < 1e-6 * max(1, reading.surprise), comment)
            for position in problem.cells.indices {
                var exact: [TokenID: Double] = [:]
                for assignment in valid { exact[assignment.tokens[position], default: 0] += assignment.weight / total }
                #expect(Set(exact.keys).isSuperset(of: reading.marginals[position].map(\.token)), comment)
                for (token, probability) in exact {
                    #expect(abs(reading.probability(token, at: position) - probability) < 1e-6, comment)
                }
            }
            let best = valid.map(\.weight).max() ?? 0
            let own = valid.filter { $0.tokens == reading.witness }.map(\.weight).max()
            #expect(try abs(#require(own, comment) / best - 1) < 1e-6, comment)
        }
        #expect(feasible > rounds / 4 && infeasible > rounds / 50 && several > rounds / 8)
    }

    @Test("a row names its most probable tokens, the smaller one first among equals")
    func namedTokens() {
        var random = SplitMix64(seed: 75)
        for size in [1, 7, 64, 500] {
            for count in [0, 1, 5, 32, 600] {
                var logits = (0..<size).map { _ in Float(Int.random(in: -20...20, using: &random)) / 4 }
                logits[size / 2] = .nan
                let row = TokenRow(logits: logits[...], candidates: count)
                let clean = logits.map { $0.isNaN ? -.infinity : $0 }
                let order = clean.indices.sorted { (clean[$0], $1) > (clean[$1], $0) }
                #expect(row.tokens == order.prefix(count).map { TokenID($0) })
                let total = clean.reduce(0) { $0 + exp(Double($1)) }
                for (token, probability) in zip(row.tokens, row.probabilities) where clean[Int(token)] > -.infinity {
                    #expect(abs(probability / (exp(Double(clean[Int(token)])) / total) - 1) < 1e-9)
                }
            }
        }
    }

    @Test("draws follow the constrained distribution")
    func draws() throws {
        let seed: UInt64 = 73
        var generator = RandomLanguage(seed: seed)
        var checked = 0
        while checked < 12 {
            guard let problem = try RandomCanvas(&generator, longest: 3) else { continue }
            let valid = try problem.assignments(ReferenceTexts(problem.grammar, tokens: problem.tokens))
            guard valid.count > 3 else { continue }
            checked += 1
            let total = valid.reduce(0) { $0 + $1.weight }
            var exact: [[TokenID]: Double] = [:]
            for assignment in valid { exact[assignment.tokens, default: 0] += assignment.weight / total }
            var inference = CanvasInference(problem.automaton, options: problem.options)
            let draws = 4_000
            var drawn: [[TokenID]: Double] = [:]
            for draw in 0..<draws {
                let reading = try inference.read(
                    problem.cells,
                    from: problem.automaton.start,
                    left: problem.left,
                    draw: (seed: UInt64(draw), position: 5)
                )
                drawn[try #require(reading).witness, default: 0] += 1
            }
            for (tokens, count) in drawn {
                let expected = Double(draws) * (exact[tokens] ?? 0)
                // Five standard deviations and one.
                #expect(abs(count - expected) <= 5 * expected.squareRoot() + 1, "seed \(seed): \(tokens)")
            }
        }
    }

    @Test("what a constraint forces stays possible however unlikely it is, over long canvases")
    func underflow() throws {
        let trie = VocabularyTrie(["a", "b", ""].map { Array($0.utf8) })
        let grammar = Grammar(start: .star(.text("ab")))
        let automaton = try TokenAutomaton(grammar, vocabulary: trie)
        var inference = CanvasInference(automaton, options: .init(endTokens: [2], padToken: 2))
        // Each row insists on the wrong letter, the last one on the end.
        let cells = (0..<300).map { position in
            let wrong = position % 2 == 0 ? 1 : 0
            var row: [Float] = [-.infinity, -.infinity, -.infinity]
            row[wrong] = 40
            row[2] = -900
            return CanvasPosition(.masked(TokenRow(logits: row[...], candidates: 3)))
        }
        let reading = try #require(try inference.read(cells, from: automaton.start, left: 0))
        #expect(reading.surprise.isFinite && reading.surprise > 80_000)
        #expect(automaton.vocabulary.bytes(of: reading.witness).count % 2 == 0)
        for position in cells.indices {
            let sum = reading.marginals[position].reduce(0) { $0 + $1.probability }
            #expect(abs(sum - 1) < 1e-9)
        }
    }

    @Test("with few states and rows cut to their best tokens every witness is valid, and the one given is not lost")
    func truncated() throws {
        let seed: UInt64 = 74
        var generator = RandomLanguage(seed: seed)
        var read = 0
        for round in 0..<1_500 {
            guard let problem = try RandomCanvas(&generator, longest: 5) else { continue }
            let reference = ReferenceTexts(problem.grammar, tokens: problem.tokens)
            let valid = try problem.assignments(reference)
            var options = problem.options
            (options.states, options.successors) = (1, Int.random(in: 0...2, using: &generator.random))
            let cells = problem.cells.enumerated().map { index, cell -> CanvasPosition in
                var cell = cell
                let row = TokenRow(
                    logits: problem.rows[index][...],
                    candidates: Int.random(in: 0...2, using: &generator.random)
                )
                switch cell.emission {
                case .masked: cell.emission = .masked(row)
                case .decided(let token, _, let doubt): cell.emission = .decided(token, row, doubt: doubt)
                default: break
                }
                return cell
            }
            var inference = CanvasInference(problem.automaton, options: options)
            let comment: Comment = "seed \(seed), round \(round)"
            let guide = valid.randomElement(using: &generator.random)?.tokens
            let reading = try inference.read(cells, from: problem.automaton.start, left: problem.left, witness: guide)
            #expect((reading == nil) == valid.isEmpty, comment)
            guard let reading else { continue }
            read += 1
            #expect(valid.contains { $0.tokens == reading.witness }, comment)
        }
        #expect(read > 500)
    }
}
