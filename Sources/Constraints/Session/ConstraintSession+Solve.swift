import Common

extension ConstraintSession {
    /// The canvas as inference sees it: pins overrule what stands there, and it reaches to the last pin.
    func positions(_ canvas: [Cell], pins: [Int: TokenID], at start: Int) -> [CanvasPosition] {
        let last = pins.keys.max().map { $0 + 1 - start } ?? 0
        return (0..<max(canvas.count, last)).map { index in
            if let pin = pins[start + index] { return CanvasPosition(.pinned(pin)) }
            guard index < canvas.count else { return CanvasPosition(.unread) }
            switch canvas[index] {
            case .masked(nil): return CanvasPosition(.unread)
            case .masked(let row?): return CanvasPosition(.masked(row))
            case .decided(let token, let row):
                let row = row ?? TokenRow(tokens: [], logProbabilities: [], rest: 0)
                return CanvasPosition(.decided(token, row, doubt: doubt))
            }
        }
    }

    /// A witness of at least `count` tokens: behind its end the text is closed by the best way known.
    func extended(_ witness: [TokenID], to count: Int) throws -> [TokenID] {
        var tokens = Array(witness.prefix(count))
        guard tokens.count < count else { return tokens }
        let blank = options.padToken ?? options.endTokens.first
        if !hasEnded, !tokens.contains(where: options.endTokens.contains) {
            var state = state
            for token in tokens where token != options.padToken { state = try automaton.next(state, token) }
            tokens += (try automaton.closing(state) ?? []) + options.endTokens.prefix(1)
        }
        if let blank { while tokens.count < count { tokens.append(blank) } }
        return Array(tokens.prefix(count))
    }

    /// Tokens that make a valid text behind `start` committed ones, from `state` on.
    ///
    /// - Throws: `.invalidArgument` if there are none; it names the first pin without which there were.
    func solve(
        _ inference: inout CanvasInference,
        pins: [Int: TokenID],
        from state: Recogniser.State,
        at start: Int
    ) throws -> [TokenID] {
        if let tokens = try attempt(&inference, pins: pins, from: state, at: start) { return tokens }
        guard try attempt(&inference, pins: [:], from: state, at: start) != nil else {
            let distance = try inference.automaton.distance(state)
            throw CinnabarError(
                .invalidArgument,
                "no text that satisfies the constraint fits: \(limit - start) tokens are left, "
                    + (distance.map { "\($0.count) are needed" } ?? "none leads to an end"),
                hint: "raise the limit of tokens"
            )
        }
        var chosen: [Int: TokenID] = [:]
        for (position, token) in pins.sorted(by: { $0.key < $1.key }) {
            chosen[position] = token
            guard try attempt(&inference, pins: chosen, from: state, at: start) == nil else { continue }
            throw refusal(position, token)
        }
        throw CinnabarError(.invalidArgument, "the pins contradict the constraint")
    }

    func refusal(_ position: Int, _ token: TokenID) -> CinnabarError {
        let text = String(decoding: automaton.vocabulary.bytes(of: token), as: UTF8.self)
        return CinnabarError(
            .invalidArgument,
            "the pin of token \(token) (\"\(text)\") at position \(position) contradicts the constraint",
            hint: "nothing was changed; choose another token or place, or relax the constraint"
        )
    }

    func attempt(
        _ inference: inout CanvasInference,
        pins: [Int: TokenID],
        from state: Recogniser.State,
        at start: Int
    ) throws -> [TokenID]? {
        let open = pins.filter { $0.key >= start }
        let cells = positions([], pins: open, at: start)
        guard !cells.isEmpty else {
            return try inference.automaton.isAlive(state, within: limit - start) ? [] : nil
        }
        guard cells.count <= limit - start else { return nil }
        return try inference.read(cells, from: state, left: limit - start - cells.count)?.witness
    }
}
