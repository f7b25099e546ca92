package import Common
import Synchronization

/// A grammar over the tokens of a vocabulary. Any sequence of tokens whose bytes are a text of the grammar is accepted,
/// however it is cut.
///
/// A text may stand between others that are given: what is accepted then is what makes, with the prefix before it and the
/// suffix behind it, a text of the grammar.
///
/// Edges of states are made when they are met and kept; one automaton serves all requests with the same grammar and
/// vocabulary, from any thread.
package final class TokenAutomaton: Sendable {
    package typealias State = Recogniser.State

    package struct Limits: Sendable, Hashable {
        package var recogniser = RecogniserLimits()
        /// Bytes of edges that are kept; more are forgotten and made again.
        package var memory = 256 << 20
        /// States that a search for a shorter ending may expand.
        package var searchedStates = 1_000

        package init() {}
    }

    package let vocabulary: VocabularyTrie
    package let start: State
    let graph: Mutex<TokenGraph>

    /// - Parameters:
    ///   - grammar: the language of the whole text, prefix and suffix included.
    ///   - prefix: fixed text before the written one.
    ///   - suffix: fixed text behind it.
    /// - Throws: what ``Recogniser`` throws; `.invalidArgument` if no text of the grammar begins with the prefix, which the
    ///   error tells from a suffix that does not fit, and if no tokens make one; `.resource` if a search for one gave up.
    package init(
        _ grammar: Grammar,
        vocabulary: VocabularyTrie,
        after prefix: [UInt8] = [],
        before suffix: [UInt8] = [],
        limits: Limits = Limits()
    ) throws {
        var recogniser = try Recogniser(grammar, limits: limits.recogniser)
        var start = try recogniser.start(after: prefix)
        if !suffix.isEmpty {
            let rest = try SuffixQuotient.of(grammar, suffix, limits: limits.recogniser)
            recogniser = try Recogniser(rest, limits: limits.recogniser)
            start = try recogniser.run(prefix, from: recogniser.start)
        }
        var graph = TokenGraph(recogniser, vocabulary, limits: limits)
        guard start != Recogniser.dead, try graph.closing(start) != nil else {
            try graph.recogniser.checkSearch()
            throw CinnabarError(
                .invalidArgument,
                "no text satisfies the constraint"
                    + (prefix.isEmpty && suffix.isEmpty ? "" : " between the given prefix and suffix"),
                hint: (suffix.isEmpty ? "its parts contradict each other" : "the suffix does not fit behind the prefix")
                    + (vocabulary.spellsAllText ? "" : ", or the vocabulary lacks bytes that they need")
            )
        }
        (self.vocabulary, self.start) = (vocabulary, start)
        self.graph = Mutex(graph)
    }

    /// The tokens that may follow `state`.
    package func edges(_ state: State) throws -> TokenEdges {
        try graph.withLock { try $0.edges(state) }
    }

    /// The state behind `bytes`; dead if no text goes on so.
    package func next(_ state: State, bytes: some Sequence<UInt8>) throws -> State {
        try graph.withLock {
            try $0.recogniser.run(bytes, from: state)
        }
    }

    /// The state behind a token; dead if it may not follow, as no token without bytes may.
    package func next(_ state: State, _ token: TokenID) throws -> State {
        let bytes = vocabulary.bytes(of: token)
        return bytes.isEmpty ? Recogniser.dead : try next(state, bytes: bytes)
    }

    /// The text may end here.
    package func isAccepting(_ state: State) throws -> Bool {
        graph.withLock { $0.recogniser.isAccepting(state) }
    }

    /// Whether the text can be ended within `count` more tokens. A search that gave up counts as no.
    package func isAlive(_ state: State, within count: Int) throws -> Bool {
        try graph.withLock { try $0.isAlive(state, within: count) }
    }

    /// The fewest tokens that end the text, or the best bound known; nil if none do.
    package func distance(_ state: State) throws -> (count: Int, isExact: Bool)? {
        try graph.withLock { try $0.distance(state) }
    }

    /// The next token of a short ending; nil if the text may end here, or cannot end.
    package func closer(_ state: State) throws -> TokenID? {
        try graph.withLock { try $0.closing(state).flatMap { $0.token < 0 ? nil : $0.token } }
    }

    /// Tokens that end the text, by the best way known, or the first `count` of them; nil if none do.
    package func closing(_ state: State, first count: Int = .max) throws -> [TokenID]? {
        try graph.withLock { graph -> [TokenID]? in
            var (state, tokens) = (state, [TokenID]())
            while let closing = try graph.closing(state) {
                if closing.token < 0 || tokens.count == count { return tokens }
                tokens.append(closing.token)
                state = try graph.recogniser.run(vocabulary.bytes(of: closing.token), from: state)
            }
            return nil
        }
    }

    /// What has been made so far.
    package struct Usage: Sendable, Hashable {
        /// States with known edges.
        package var states: Int
        /// Bytes, roughly.
        package var edgeMemory: Int
        package var expressionMemory: Int
    }

    package var usage: Usage { graph.withLock { $0.usage } }
}
