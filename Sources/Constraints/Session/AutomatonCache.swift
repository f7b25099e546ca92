import Common
import Synchronization

/// Automata by grammar, for one vocabulary: requests with the same constraint share what has been made of it.
package final class AutomatonCache: Sendable {
    package let vocabulary: VocabularyTrie
    private let limits: TokenAutomaton.Limits
    private let capacity: Int
    private let entries = Mutex<(byKey: [Key: TokenAutomaton], order: [Key])>(([:], []))

    private struct Key: Hashable {
        var grammar: Grammar
        var prefix: [UInt8]
        var suffix: [UInt8]
    }

    /// - Parameter capacity: automata kept; the one used longest ago goes first.
    package init(vocabulary: VocabularyTrie, capacity: Int = 64, limits: TokenAutomaton.Limits = .init()) {
        (self.vocabulary, self.capacity, self.limits) = (vocabulary, max(1, capacity), limits)
    }

    /// The automaton of a grammar, perhaps between a prefix and a suffix. One whose memory is nearly used up is replaced;
    /// who has it keeps it.
    package func automaton(
        _ grammar: Grammar,
        after prefix: [UInt8] = [],
        before suffix: [UInt8] = []
    ) throws -> TokenAutomaton {
        let key = Key(grammar: grammar, prefix: prefix, suffix: suffix)
        let known = entries.withLock { entries -> TokenAutomaton? in
            guard let known = entries.byKey[key] else { return nil }
            entries.order.removeAll { $0 == key }
            entries.order.append(key)
            return known
        }
        if let known, known.usage.expressionMemory < limits.recogniser.memory / 2 { return known }
        // Made outside the lock: a slow grammar keeps nobody waiting.
        let made = try TokenAutomaton(grammar, vocabulary: vocabulary, after: prefix, before: suffix, limits: limits)
        entries.withLock { entries in
            entries.byKey[key] = made
            entries.order.removeAll { $0 == key }
            entries.order.append(key)
            while entries.order.count > capacity { entries.byKey[entries.order.removeFirst()] = nil }
        }
        return made
    }
}
