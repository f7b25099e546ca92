import Common
import Constraints
import Models

/// Tokens behind the final text, one after the other, each one that the constraint allows: how the causal stream and its
/// drafts meet it.
struct ConstraintWalk {
    private let constraint: TextConstraint
    private let endTokens: [TokenID]
    private var state: TokenAutomaton.State
    /// Tokens that may still be written.
    private var left: Int
    /// Tokens that come next, whatever the network says.
    private var given: ArraySlice<TokenID> = []
    /// Set as long as there are pins ahead that the text has to reach.
    private var pinned: ConstraintSession?

    /// From the end of the final text on.
    ///
    /// - Parameter pins: a session that stands there, if its pins have to be reached; a walk of guesses need not.
    init(
        _ constraint: TextConstraint,
        from state: TokenAutomaton.State,
        endTokens: [TokenID],
        left: Int,
        towards pins: ConstraintSession? = nil
    ) {
        self.constraint = constraint
        self.state = state
        self.endTokens = endTokens
        self.left = left
        pinned = pins?.hasPinsAhead == true ? pins : nil
    }

    /// The token that comes next whatever the network says, which needs no forward: of text without a choice as the
    /// tokenizer writes it, or the end marker where nothing can follow. Of such text the last token is left to the network,
    /// since it may be longer than what is known of it.
    mutating func forced() throws -> TokenID? {
        // How text is cut into tokens decides whether a pin is reached.
        if pinned != nil { return nil }
        if let token = given.first { return token }
        guard left > 0 else { return nil }
        let automaton = constraint.automaton
        let bytes = try automaton.forcedBytes(state, atMost: 4 * left)
        if bytes.isEmpty { return try automaton.isFinal(state) ? endTokens.first : nil }
        let spelled = constraint.spell(bytes)
        // Forced bytes may begin or end inside a character, which no tokenizer of text can spell.
        guard automaton.vocabulary.bytes(of: spelled) == bytes else { return nil }
        let run = spelled.dropLast()
        let end = try automaton.next(state, bytes: automaton.vocabulary.bytes(of: run))
        guard !run.isEmpty, try automaton.isAlive(end, within: left - run.count) else { return nil }
        given = run
        return given.first
    }

    /// Makes every token impossible in a row that may not come next.
    func restrict(_ prediction: inout Prediction, row: Int) throws {
        let edges = try constraint.automaton.edges(state)
        let alive = try alive(edges)
        prediction.change(row: row) { logits in
            let ends = edges.isAccepting ? endTokens.map { ($0, logits[Int($0)]) } : []
            edges.forbidOthers(in: logits, keeping: alive)
            for (token, logit) in ends { logits[Int(token)] = logit }
        }
    }

    func allows(_ token: TokenID) throws -> Bool {
        let edges = try constraint.automaton.edges(state)
        if endTokens.contains(token) { return edges.isAccepting }
        let group = edges.partition.group(of: token)
        return try group >= 0 && alive(edges)?[group] != false
    }

    /// Whether the pins can be reached behind a token that ``restrict(_:row:)`` leaves.
    mutating func reachesPins(behind token: TokenID) throws -> Bool { try pinned?.steer(to: token) ?? true }

    /// A token behind which they can be.
    var towardsPins: TokenID? { pinned?.witness.first }

    /// Makes a token impossible, and all that lead where it does.
    func forbidAll(like token: TokenID, in logits: UnsafeMutableBufferPointer<Float>) throws {
        let partition = try constraint.automaton.edges(state).partition
        let group = partition.group(of: token)
        for other in logits.indices where logits[other] > -.infinity {
            if other == Int(token) || group >= 0 && partition.group(of: TokenID(other)) == group {
                logits[other] = -.infinity
            }
        }
    }

    /// By group of the edges, whether the text can be ended in time behind it; nil if it can behind all. The way to the
    /// shortest end known is always one, even where the search for others gave up.
    private func alive(_ edges: TokenEdges) throws -> [Bool]? {
        guard var alive = try constraint.automaton.alive(edges, within: left - 1) else { return nil }
        if let closer = try constraint.automaton.closer(state) {
            let group = edges.partition.group(of: closer)
            if group >= 0 { alive[group] = true }
        }
        return alive
    }

    /// Goes behind a token that is no end marker.
    mutating func take(_ token: TokenID) throws {
        try pinned?.commit([token])
        if pinned?.hasPinsAhead == false { pinned = nil }
        given = given.first == token ? given.dropFirst() : []
        state = try constraint.automaton.next(state, token)
        left -= 1
    }
}
