package import Common
import Synchronization

/// A grammar over the tokens of a vocabulary. Any sequence of tokens whose bytes are a text of the grammar is accepted,
/// however it is cut.
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
    ///   - grammar: the language of the text, the suffix included.
    ///   - suffix: fixed text behind the written one: a text is accepted if it is one of the grammar with this behind it.
    /// - Throws: what ``Recogniser`` throws; `.invalidArgument` if no tokens make a text of the grammar.
    package init(
        _ grammar: Grammar,
        vocabulary: VocabularyTrie,
        suffix: [UInt8] = [],
        limits: Limits = Limits()
    ) throws {
        let recogniser = try Recogniser(grammar, limits: limits.recogniser)
        var graph = TokenGraph(recogniser, vocabulary, suffix: suffix, limits: limits)
        guard !recogniser.isEmpty, try graph.closing(recogniser.start) != nil else {
            throw CinnabarError(
                .invalidArgument,
                "no text satisfies the constraint",
                hint: "its parts contradict each other"
                    + (vocabulary.spellsAllText ? "" : ", or the vocabulary lacks bytes that they need")
            )
        }
        self.vocabulary = vocabulary
        start = recogniser.start
        self.graph = Mutex(graph)
    }

    /// The tokens that may follow `state`.
    package func edges(_ state: State) throws -> TokenEdges {
        try graph.withLock { try $0.edges(state) }
    }

    /// The state behind `bytes`; dead if no text goes on so.
    package func next(_ state: State, bytes: some Sequence<UInt8>) throws -> State {
        try graph.withLock {
            $0.recogniser.refill()
            let end = try $0.run(bytes, from: state)
            return try $0.ending(end) == Recogniser.dead ? Recogniser.dead : end
        }
    }

    /// The state behind a token; dead if it may not follow, as no token without bytes may.
    package func next(_ state: State, _ token: TokenID) throws -> State {
        let bytes = vocabulary.bytes(of: token)
        return bytes.isEmpty ? Recogniser.dead : try next(state, bytes: bytes)
    }

    /// The text may end here.
    package func isAccepting(_ state: State) throws -> Bool {
        try graph.withLock { try $0.isAccepting(state) }
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
                state = try graph.run(vocabulary.bytes(of: closing.token), from: state)
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
