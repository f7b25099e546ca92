package import Common

/// Control from outside, between two forwards. Feasibility is checked first; what is infeasible is refused and changes
/// nothing (algorithms.md D6).
extension ConstraintSession {
    /// What an injection did to the text.
    package struct Injection: Sendable, Hashable {
        /// Committed tokens that stay.
        package var kept: Int
        /// Those that were taken back: a draft for the canvas, still open.
        package var draft: [TokenID]
    }

    /// A constraint for a text that has had none so far.
    ///
    /// - Throws: see ``inject(_:mayRollBack:)``.
    package init(
        _ automaton: TokenAutomaton,
        options: CanvasInference.Options,
        limit: Int,
        pins: [Int: TokenID],
        joining committed: [TokenID],
        mayRollBack: Bool
    ) throws {
        try self.init(automaton, options: options, limit: limit, pins: pins)
        self.committed = committed
        _ = try inject(automaton, mayRollBack: mayRollBack)
    }

    /// Demands `token` at `position`.
    package mutating func pin(_ position: Int, to token: TokenID) throws {
        guard (0..<limit).contains(position) else {
            throw CinnabarError(.invalidArgument, "pin \(position) is outside the output of \(limit) tokens")
        }
        if position < committed.count {
            guard committed[position] == token else {
                throw CinnabarError(
                    .invalidArgument,
                    "position \(position) is committed as token \(committed[position]), not \(token)",
                    hint: "roll back to it first"
                )
            }
        } else if hasEnded {
            throw CinnabarError(.invalidArgument, "pin \(position) is behind the end of the text")
        }
        try pin([position: token])
    }

    /// Locks tokens that stand on the canvas or in the text: pins that agree with what is there.
    package mutating func lock(_ tokens: [Int: TokenID]) throws { try pin(tokens) }

    private mutating func pin(_ tokens: [Int: TokenID]) throws {
        for (position, token) in tokens.sorted(by: { $0.key < $1.key }) {
            if let other = pins[position], other != token { throw refusal(position, token) }
        }
        var (pins, inference) = (pins, inference)
        // The new ones are to blame: the old ones were feasible.
        for (position, token) in tokens.sorted(by: { $0.key < $1.key }) {
            pins[position] = token
            if position < committed.count, committed[position] == token { continue }
            guard position >= committed.count, position < limit, !hasEnded,
                try attempt(&inference, pins: pins, from: state, at: committed.count) != nil
            else { throw refusal(position, token) }
        }
        if !hasEnded { witness = try solve(&inference, pins: pins, from: state, at: committed.count) }
        (self.pins, self.inference) = (pins, inference)
        version += 1
    }

    /// Takes a pin or a lock away; always possible.
    package mutating func unpin(_ position: Int) {
        guard pins.removeValue(forKey: position) != nil else { return }
        version += 1
    }

    /// Another constraint from now on, stricter, weaker or unrelated.
    ///
    /// - Parameter mayRollBack: committed text that violates it may be taken back, to the longest beginning that can go on;
    ///   locked and pinned tokens in the rest stay demanded. Otherwise such text is a reason to refuse.
    package mutating func inject(_ constraint: TokenAutomaton, mayRollBack: Bool) throws -> Injection {
        var states = [constraint.start]
        for (position, token) in committed.enumerated() {
            let state = states[position]
            let isNothing = options.endTokens.contains(token) || token == options.padToken
            let next =
                try isNothing
                ? (constraint.isAccepting(state) ? state : Recogniser.dead)
                : constraint.next(state, token)
            guard next != Recogniser.dead else { break }
            states.append(next)
        }
        let survived = states.count - 1
        guard mayRollBack || survived == committed.count else {
            throw CinnabarError(
                .invalidArgument,
                "the text so far violates the new constraint at position \(survived)",
                hint: "only an interactive session may take text back"
            )
        }
        var session = self
        session.automaton = constraint
        session.inference = CanvasInference(constraint, options: options)
        for kept in stride(from: survived, through: mayRollBack ? 0 : survived, by: -1) {
            let hasEnded = committed.prefix(kept).contains(where: options.endTokens.contains)
            let witness =
                try hasEnded
                ? (pins.keys.allSatisfy { $0 < kept } ? [] : nil)
                : session.attempt(&session.inference, pins: pins, from: states[kept], at: kept)
            guard let witness else { continue }
            let draft = Array(committed[kept...])
            session.committed.removeLast(draft.count)
            (session.states, session.witness, session.hasEnded) = (Array(states.prefix(kept + 1)), witness, hasEnded)
            session.version += 1
            self = session
            return Injection(kept: kept, draft: draft)
        }
        // Says why: too few tokens, or which pin.
        _ = try session.solve(
            &session.inference,
            pins: pins,
            from: states[mayRollBack ? 0 : survived],
            at: mayRollBack ? 0 : survived
        )
        throw CinnabarError(.invalidArgument, "the new constraint contradicts the text so far")
    }

    /// Takes committed tokens back, to the first `count`.
    ///
    /// - Returns: the tokens that were taken back.
    package mutating func rollBack(to count: Int) throws -> [TokenID] {
        guard (0...committed.count).contains(count) else {
            throw CinnabarError(.invalidArgument, "cannot roll back to \(count) of \(committed.count) tokens")
        }
        let taken = Array(committed[count...])
        committed.removeLast(taken.count)
        states.removeLast(taken.count)
        hasEnded = committed.contains(where: options.endTokens.contains)
        // What was taken back, then the witness, was valid, but pins may have been added since: they agree with both.
        witness = taken + witness
        version += 1
        return taken
    }
}
