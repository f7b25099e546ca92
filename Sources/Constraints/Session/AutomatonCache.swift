import Common
import Synchronization

/// Automata by grammar, for one vocabulary: requests with the same constraint share what has been made of it.
package final class AutomatonCache: Sendable {
    package let vocabulary: VocabularyTrie
    private let limits: TokenAutomaton.Limits
    private let capacity: Int
    private let entries = Mutex<(byGrammar: [Grammar: TokenAutomaton], order: [Grammar])>(([:], []))

    /// - Parameter capacity: automata kept; the one used longest ago goes first.
    package init(vocabulary: VocabularyTrie, capacity: Int = 64, limits: TokenAutomaton.Limits = .init()) {
        (self.vocabulary, self.capacity, self.limits) = (vocabulary, max(1, capacity), limits)
    }

    /// The automaton of a grammar. One whose memory is nearly used up is replaced; who has it keeps it.
    package func automaton(_ grammar: Grammar) throws -> TokenAutomaton {
        let known = entries.withLock { entries -> TokenAutomaton? in
            guard let known = entries.byGrammar[grammar] else { return nil }
            entries.order.removeAll { $0 == grammar }
            entries.order.append(grammar)
            return known
        }
        if let known, known.usage.expressionMemory < limits.recogniser.memory / 2 { return known }
        // Made outside the lock: a slow grammar keeps nobody waiting.
        let made = try TokenAutomaton(grammar, vocabulary: vocabulary, limits: limits)
        entries.withLock { entries in
            entries.byGrammar[grammar] = made
            entries.order.removeAll { $0 == grammar }
            entries.order.append(grammar)
            while entries.order.count > capacity { entries.byGrammar[entries.order.removeFirst()] = nil }
        }
        return made
    }
}
