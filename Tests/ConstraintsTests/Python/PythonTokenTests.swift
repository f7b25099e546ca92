import Common
import Constraints
import Foundation
import Testing
import Tokenizers

/// Python over the vocabulary of the default model.
@Suite struct PythonTokenTests {
    private static let vocabulary = Result {
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let tokenizer = try Tokenizer(
            folder: checkout.appendingPathComponent("Sources/Cinnabar/Resources/default-model")
        )
        return (0..<TokenID(tokenizer.vocabularySize)).map { id in
            tokenizer.isSpecial(id) ? [] : Array(tokenizer.bytes(ofToken: id))
        }
    }

    @Test("random tokens, ended within any limit that the shortest text allows", arguments: [0, -1])
    func endsInTime(level: Int) throws {
        let words = try Self.vocabulary.get()
        let grammar = try PythonEvaluationTests.grammar(level)
        let automaton = try TokenAutomaton(grammar, vocabulary: VocabularyTrie(words))
        let shortest = try #require(try automaton.distance(automaton.start)).count
        var recogniser = try Recogniser(grammar)
        let seed: UInt64 = 93
        var random = SplitMix64(seed: seed)
        for round in 0..<8 {
            let limit = shortest + round * 4
            var (state, tokens) = (automaton.start, [TokenID]())
            while tokens.count < limit {
                let edges = try automaton.edges(state)
                let left = limit - tokens.count - 1
                let alive = try automaton.alive(edges, within: left)
                let groups = edges.targets.indices.filter { alive?[$0] ?? true }
                guard let group = groups.randomElement(using: &random),
                    let token = edges.partition.samples(group).randomElement(using: &random)
                else { break }
                tokens.append(token)
                state = edges.targets[group]
                #expect(try automaton.isAlive(state, within: left), "seed \(seed), round \(round)")
                // Broken off here, it ends within the limit too.
                let closing = try #require(try automaton.closing(state))
                let whole = (tokens + closing).flatMap { words[Int($0)] }
                #expect(tokens.count + closing.count <= limit, "seed \(seed), round \(round)")
                #expect(try recogniser.accepts(whole), "seed \(seed), round \(round)")
                if Int.random(in: 0..<12, using: &random) == 0 { break }
            }
        }
    }

    @Test("canvases: whenever a session is stopped, its text is Python within the limit")
    func canvases() throws {
        let words = try Self.vocabulary.get()
        let automaton = try TokenAutomaton(.python(), vocabulary: VocabularyTrie(words))
        let end = try #require(words.firstIndex(of: []))
        let seed: UInt64 = 94
        var random = SplitMix64(seed: seed)
        var recogniser = try Recogniser(.python())
        for round in 0..<4 {
            let options = CanvasInference.Options(endTokens: [TokenID(end)], padToken: nil)
            var session = try ConstraintSession(automaton, options: options, limit: 4 + 6 * round)
            while !session.hasEnded, session.committed.count < session.limit {
                let count = min(4, session.limit - session.committed.count)
                let cells = (0..<count).map { _ in
                    let row = RandomCanvas.row(words.count, &random)
                    return ConstraintSession.Cell.masked(TokenRow(logits: row[...], candidates: 32))
                }
                let reading = try session.read(cells, draw: random.next())
                try session.commit(Array(reading.witness.prefix(Int.random(in: 1...count, using: &random))))
                let text = try session.completion()
                #expect(text.count <= session.limit, "seed \(seed), round \(round)")
                #expect(try recogniser.accepts(text.flatMap { words[Int($0)] }), "seed \(seed), round \(round)")
            }
        }
    }
}
