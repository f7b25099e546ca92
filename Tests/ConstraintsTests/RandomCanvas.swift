import Common
import Constraints
import Foundation

/// A random small problem: a language, a vocabulary of up to five tokens with text and three without, a canvas.
struct RandomCanvas {
    /// End marker, padding and mask are the last three tokens.
    let grammar: Grammar
    let tokens: [[UInt8]]
    let automaton: TokenAutomaton
    let options: CanvasInference.Options
    var cells: [CanvasPosition]
    let left: Int
    var rows: [[Float]]

    var end: TokenID { TokenID(tokens.count - 3) }
    var pad: TokenID { TokenID(tokens.count - 2) }

    init?(_ generator: inout RandomLanguage, longest: Int = 5) throws {
        grammar = generator.grammar()
        var tokens = TokenAutomatonTests.vocabulary(
            &generator.random,
            isComplete: Bool.random(using: &generator.random)
        )
        .filter { !$0.isEmpty }
        tokens = Array(tokens.prefix(4)) + [[], [], []]
        // Single bytes may be missing: searches for an ending need not find one, nor end.
        var limits = TokenAutomaton.Limits()
        (limits.searchedStates, limits.recogniser.searchedStates) = (100, 500)
        let trie = VocabularyTrie(tokens)
        guard let automaton = try? TokenAutomaton(grammar, vocabulary: trie, limits: limits) else { return nil }
        self.tokens = tokens
        self.automaton = automaton
        let (end, pad) = (TokenID(tokens.count - 3), TokenID(tokens.count - 2))
        var options = CanvasInference.Options(
            endTokens: Bool.random(using: &generator.random) ? [end] : [],
            padToken: pad
        )
        (options.leastReach, options.successors) = (0, 64)
        self.options = options
        let count = Int.random(in: 0...longest, using: &generator.random)
        rows = (0..<count).map { _ in Self.row(tokens.count, &generator.random) }
        let span = Bool.random(using: &generator.random) ? Int.random(in: 0...count, using: &generator.random) : nil
        cells = rows.enumerated().map { index, row in
            let row = TokenRow(logits: row[...], candidates: row.count)
            let token = TokenID(Int.random(in: 0..<tokens.count - 1, using: &generator.random))
            var cell =
                switch Int.random(in: 0..<6, using: &generator.random) {
                case 0: CanvasPosition(.pinned(token))
                case 1: CanvasPosition(.decided(token, row, doubt: 0.1))
                default: CanvasPosition(.masked(row))
                }
            if let span, index >= span { cell.mayBeEmpty = true }
            if let span, index == count - 1, span < count { cell.endsSpan = true }
            return cell
        }
        left = Int.random(in: 0...2, using: &generator.random)
    }

    static func row(_ size: Int, _ random: inout SplitMix64) -> [Float] {
        // Tokens without text are no impossibility, only useless; some logits are extreme.
        (0..<size).map { _ in Float(Int.random(in: 0..<12, using: &random) == 0 ? -60 : random.normal() * 2) }
    }

    /// Weight of a token at a position.
    func weight(_ token: TokenID, _ position: Int) -> Double {
        let row = rows[position].map(Double.init)
        let total = row.reduce(0) { $0 + exp($1) }
        let share = exp(row[Int(token)]) / total
        return switch cells[position].emission {
        case .pinned(let pin): pin == token ? 1 : 0
        case .masked: share
        case .decided(let own, _, let doubt): doubt * share + (own == token ? 1 - doubt : 0)
        case .unread: 1 / Double(tokens.count)
        }
    }

    /// All valid assignments, with emptiness as padding, and their weights: by definition, token by token.
    func assignments(_ grammar: ReferenceTexts) throws -> [(tokens: [TokenID], weight: Double)] {
        var all: [(tokens: [TokenID], text: [UInt8], mode: Int, weight: Double)] = [([], [], 0, 1)]
        let nothing = Set(options.endTokens + [pad])
        for position in cells.indices {
            var next: [(tokens: [TokenID], text: [UInt8], mode: Int, weight: Double)] = []
            func empty(_ head: (tokens: [TokenID], text: [UInt8], mode: Int, weight: Double), _ mode: Int) {
                var (token, weight) = (pad, nothing.reduce(0) { $0 + self.weight($1, position) })
                if case .pinned(let pin) = cells[position].emission {
                    guard nothing.contains(pin) else { return }
                    (token, weight) = (pin, 1)
                }
                next.append((head.tokens + [token], head.text, mode, head.weight * weight))
            }
            for head in all {
                if head.mode == 1 { empty(head, 1) }
                if head.mode == 2 || head.mode == 0 && cells[position].mayBeEmpty {
                    empty(head, cells[position].endsSpan ? 0 : 2)
                }
                guard head.mode == 0 else { continue }
                for token in tokens.indices {
                    let weight = self.weight(TokenID(token), position)
                    guard weight > 0 else { continue }
                    if !tokens[token].isEmpty {
                        let text = head.text + tokens[token]
                        next.append((head.tokens + [TokenID(token)], text, 0, head.weight * weight))
                    } else if options.endTokens.contains(TokenID(token)), grammar.isText(head.text) {
                        next.append((head.tokens + [TokenID(token)], head.text, 1, head.weight * weight))
                    }
                }
            }
            all = next
        }
        return all.filter { $0.mode == 1 || grammar.canEnd($0.text, within: left) }.map { ($0.tokens, $0.weight) }
    }
}

/// Whether a text is one, and whether it can become one, by trying all.
final class ReferenceTexts {
    let grammar: Grammar
    let tokens: [[UInt8]]
    private var known: [[UInt8]: Bool] = [:]

    init(_ grammar: Grammar, tokens: [[UInt8]]) { (self.grammar, self.tokens) = (grammar, tokens) }

    func isText(_ text: [UInt8]) -> Bool {
        if let known = known[text] { return known }
        let result = ReferenceMatcher.accepts(grammar, text)
        known[text] = result
        return result
    }

    func canEnd(_ text: [UInt8], within count: Int) -> Bool {
        isText(text) || count > 0 && tokens.contains { !$0.isEmpty && canEnd(text + $0, within: count - 1) }
    }
}
