import Common
import Constraints
import Diffusion
import Synchronization
import Tokenizers

/// Constraints over a model's vocabulary, whose trie is made when the first one is used.
final class LazyAutomata: Sendable {
    private let tokenizer: Tokenizer
    private let cache = Mutex<AutomatonCache?>(nil)

    init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

    func automaton(_ constraint: Constraint) throws -> TokenAutomaton {
        let cache = cache.withLock { cache in
            let automata = cache ?? AutomatonCache(vocabulary: VocabularyTrie(texts))
            cache = automata
            return automata
        }
        return try cache.automaton(constraint.grammar, after: constraint.prefix, before: constraint.suffix)
    }

    func constraint(_ constraint: Constraint) throws -> TextConstraint {
        TextConstraint(try automaton(constraint)) { [tokenizer] bytes in
            tokenizer.encode(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// The bytes of each token; control tokens are no text.
    private var texts: [[UInt8]] {
        (0..<TokenID(tokenizer.vocabularySize)).map { id in
            tokenizer.isSpecial(id) ? [] : Array(tokenizer.bytes(ofToken: id))
        }
    }
}
