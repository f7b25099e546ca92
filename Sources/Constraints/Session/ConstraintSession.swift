package import Common

/// A constraint at work on one text: where its automaton stands, what is pinned, and a witness that shows at every moment
/// how the text can be completed. A value: what fails leaves it as it was.
///
/// Positions count the output's tokens from 0. The text is `committed`, then the canvas of the caller.
package struct ConstraintSession: Sendable {
    package enum Cell: Sendable {
        /// With the network's row for it, if there is one.
        case masked(TokenRow?)
        case decided(TokenID, TokenRow?)
    }

    package internal(set) var automaton: TokenAutomaton
    package let options: CanvasInference.Options
    /// Tokens that the output may have, an end marker not counted among them if it does not fit.
    package let limit: Int
    package internal(set) var committed: [TokenID] = []
    /// Tokens given from outside, or locked, by position. Only ``unpin(_:)`` takes one away.
    package internal(set) var pins: [Int: TokenID] = [:]
    /// Rises with every change.
    package internal(set) var version = 0
    /// The end marker is committed.
    package internal(set) var hasEnded = false
    /// `states[i]` stands behind i committed tokens.
    var states: [Recogniser.State]
    /// Tokens behind the committed ones that make a valid text with them and agree with the pins.
    package internal(set) var witness: [TokenID]
    /// How far a decided token may be doubted.
    var doubt = 0.05
    var inference: CanvasInference

    /// - Parameter pins: see the property.
    /// - Throws: `.invalidArgument` if no text of at most `limit` tokens is valid, naming the first pin that is to blame.
    package init(
        _ automaton: TokenAutomaton,
        options: CanvasInference.Options,
        limit: Int,
        pins: [Int: TokenID] = [:]
    ) throws {
        guard !options.endTokens.isEmpty else {
            throw CinnabarError(
                .invalidArgument,
                "a constrained text needs an end marker",
                hint: "padding may serve as one"
            )
        }
        (self.automaton, self.options, self.limit, self.pins) = (automaton, options, limit, pins)
        states = [automaton.start]
        inference = CanvasInference(automaton, options: options)
        witness = []
        witness = try solve(&inference, pins: pins, from: automaton.start, at: 0)
    }

    /// The state behind the committed text.
    package var state: Recogniser.State { states[states.count - 1] }

    /// What a forward says of the canvas, given the constraint. The new witness becomes the session's.
    ///
    /// - Parameters:
    ///   - canvas: the cells behind the committed text, at most up to the limit; pins overrule them.
    ///   - draw: seed of a draw (see ``CanvasInference/read(_:from:left:witness:draw:)``).
    package mutating func read(_ canvas: [Cell], draw seed: UInt64? = nil) throws -> CanvasReading {
        let start = committed.count
        guard canvas.count <= limit - start else {
            throw CinnabarError(
                .invalidArgument,
                "a canvas of \(canvas.count) tokens reaches beyond the limit of \(limit), \(start) are committed"
            )
        }
        let cells = positions(canvas, pins: pins, at: start)
        let draw = seed.map { (seed: $0, position: start) }
        let guide = try extended(witness, to: cells.count)
        guard
            var reading = try hasEnded
                ? CanvasReading(
                    witness: guide,
                    marginals: guide.map { [.init(token: $0, probability: 1)] },
                    surprise: 0
                )
                : inference.read(cells, from: state, left: limit - start - cells.count, witness: guide, draw: draw)
        else {
            throw CinnabarError(.invalidArgument, "no valid text is left, although there was one before")
        }
        witness = reading.witness
        reading.witness.removeLast(cells.count - canvas.count)
        reading.marginals.removeLast(cells.count - canvas.count)
        return reading
    }

    /// Takes tokens off the front of the canvas into the text.
    ///
    /// - Throws: `.invalidArgument` if they violate the constraint or a pin; tokens of the last witness never do.
    package mutating func commit(_ tokens: [TokenID]) throws {
        var session = self
        var kept = witness.prefix(tokens.count).elementsEqual(tokens)
        if !kept, hasPinsAhead {
            // One after the other, since each has to leave a way to the pins.
            guard tokens.count == 1 else {
                for token in tokens { try session.commit([token]) }
                session.version = version + 1
                self = session
                return
            }
            kept = try session.steer(to: tokens[0])
        }
        for token in tokens { try session.append(token, isWitnessed: kept) }
        session.version += 1
        session.witness.removeFirst(min(tokens.count, session.witness.count))
        if !kept {
            session.witness = try session.solve(
                &session.inference,
                pins: pins,
                from: session.state,
                at: session.committed.count
            )
        }
        self = session
    }

    /// Pins stand behind the committed text.
    package var hasPinsAhead: Bool { !hasEnded && pins.keys.contains { $0 >= committed.count } }

    /// Makes the witness begin with a token; false if with it the pins cannot be reached, or no end.
    package mutating func steer(to token: TokenID) throws -> Bool {
        if witness.first == token { return true }
        let next = try automaton.next(state, token)
        guard next != Recogniser.dead, pins[committed.count].map({ $0 == token }) != false,
            let rest = try attempt(&inference, pins: pins, from: next, at: committed.count + 1)
        else { return false }
        witness = [token] + rest
        return true
    }

    /// - Parameter isWitnessed: a valid text is known that goes on so; a search for one might give up.
    private mutating func append(_ token: TokenID, isWitnessed: Bool) throws {
        let position = committed.count
        if let pin = pins[position], pin != token {
            throw CinnabarError(.invalidArgument, "position \(position) is pinned to token \(pin), not \(token)")
        }
        let isEnd = options.endTokens.contains(token)
        if hasEnded || isEnd || token == options.padToken {
            // Behind the end stands nothing; the end stands where the text may end.
            let isAllowed = try hasEnded || isEnd && automaton.isAccepting(state)
            guard isAllowed else { throw violation(token) }
            hasEnded = true
            states.append(state)
        } else {
            let next = try automaton.next(state, token)
            guard try isWitnessed ? next != Recogniser.dead : automaton.isAlive(next, within: limit - position - 1)
            else { throw violation(token) }
            states.append(next)
        }
        committed.append(token)
    }

    private func violation(_ token: TokenID) -> CinnabarError {
        let text = String(decoding: automaton.vocabulary.bytes(of: token), as: UTF8.self)
        return CinnabarError(
            .invalidArgument,
            "token \(token) (\"\(text)\") at position \(committed.count) violates the constraint"
        )
    }

    /// The output's tokens if it stops now: what is committed, the witness, and what ends the text; without end marker and
    /// padding. Always valid, and within the limit.
    package func completion() throws -> [TokenID] {
        let nothing = Set(options.endTokens + [options.padToken].compactMap { $0 })
        var tokens = committed.filter { !nothing.contains($0) }
        if hasEnded { return tokens }
        var state = state
        for token in witness {
            if options.endTokens.contains(token) { return tokens }
            if nothing.contains(token) { continue }
            state = try automaton.next(state, token)
            tokens.append(token)
        }
        guard let closing = try automaton.closing(state) else {
            throw CinnabarError(.resource, "the constraint's automaton lost the way to an end")
        }
        return tokens + closing
    }
}
