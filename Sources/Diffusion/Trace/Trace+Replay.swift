package import Common

extension Trace {
    /// What a trace amounts to. `finish` is nil when the decode was stopped from outside.
    package struct Outcome: Sendable, Hashable {
        package var tokens: [TokenID]
        package var forwards: Int
        package var finish: FinishReason?
    }

    /// Writes the text again from the recorded steps, and checks each of them: nothing is written twice, only open
    /// tokens change, only what was written is committed, and the canvas is the one recorded.
    ///
    /// - Throws: `malformed` with the number of the step. A trace of a stranger costs time and memory in proportion to
    ///   its size, and never traps.
    package func replay() throws -> Outcome {
        try header.options.validate(vocabularySize: header.vocabularySize)
        if let blocks = header.blocks { return try replay(blocks) }
        var board = ReplayBoard(header)
        guard !header.prompt.isEmpty, (header.prompt + header.draft + header.pins.values).allSatisfy(board.isToken)
        else {
            throw CinnabarError(.malformed, "trace: the prompt is empty, or tokens are outside the vocabulary")
        }
        for (number, step) in steps.enumerated() {
            do {
                try board.apply(step)
            } catch let error as ReplayBoard.Contradiction {
                throw CinnabarError(
                    .malformed,
                    "trace, step \(number + 1): \(error.what)",
                    hint: "the file is damaged or was edited; record it again"
                )
            }
        }
        return Outcome(tokens: board.text, forwards: board.forwards, finish: board.finish)
    }
}

extension Trace.Step {
    /// It tells what was done from outside behind the last forward.
    var onlyIntervenes: Bool {
        interventions != nil && unmasked.isEmpty && edited.isEmpty && remasked.isEmpty && committed.isEmpty
            && deleted == nil && inserted == nil
    }
}

/// The text while it is written again.
private struct ReplayBoard {
    struct Contradiction: Error {
        let what: String
    }

    let header: Trace.Header
    var text: [TokenID] = []
    var forwards = 0
    var finish: FinishReason?
    /// Visible tokens behind the final text, by absolute position.
    private var open: [Int: TokenID] = [:]

    /// Positions before this one have been on a canvas.
    private var revealed: Int
    private var pins: [Int: TokenID]
    private var draft: [TokenID]

    init(_ header: Trace.Header) {
        self.header = header
        (pins, draft) = (header.pins, header.draft)
        revealed = header.prompt.count
        if !header.options.isVerified { reveal(to: revealed + header.options.canvasLength) }
    }

    /// Where a canvas opens, the draft stands on it.
    private mutating func reveal(to end: Int) {
        for position in revealed..<max(revealed, end) where pins[position] == nil {
            let offset = position - header.prompt.count
            if draft.indices.contains(offset) { open[position] = draft[offset] }
        }
        revealed = max(revealed, end)
    }

    func isToken(_ token: TokenID) -> Bool { token >= 0 && Int(token) < header.vocabularySize }

    mutating func apply(_ step: Trace.Step) throws {
        let options = header.options
        for intervention in step.interventions ?? [] { try apply(intervention) }
        if finish != nil, step.onlyIntervenes {
            try require(step.finish == finish, "an intervention behind the end changes why the text ended")
            return
        }
        let front = header.prompt.count + text.count
        let places = front..<max(front, header.prompt.count + options.maxTokens)
        try require(finish == nil, "there are steps behind the end of the text")
        try require(
            (forwards...forwards + 1).contains(step.forwards),
            "\(step.forwards) forwards follow \(forwards)"
        )
        forwards = step.forwards
        try require((0...step.drafts.count).contains(step.accepted), "\(step.accepted) drafts accepted")

        for write in step.unmasked {
            try check(write, places)
            try require(open[write.position] == nil, "position \(write.position) is written twice")
            open[write.position] = write.token
        }
        for write in step.edited {
            try check(write, places)
            try require(open[write.position] != nil, "position \(write.position) is edited, but empty")
            open[write.position] = write.token
        }
        for position in step.remasked {
            try require(pins[position] == nil, "position \(position) is pinned")
            try require(open.removeValue(forKey: position) != nil, "position \(position) is masked, but empty")
        }
        try commit(step, front)
        try compare(step)
    }

    private mutating func apply(_ intervention: Intervention) throws {
        try require(intervention.pins.values.allSatisfy(isToken), "a pin is outside the vocabulary")
        if let restart = intervention.restart {
            try require((0...text.count).contains(restart.kept), "\(restart.kept) of \(text.count) tokens are kept")
            try require((restart.given + restart.draft).allSatisfy(isToken), "tokens are outside the vocabulary")
            text.removeLast(text.count - restart.kept)
            text += restart.given
            (open, finish, draft) = ([:], nil, restart.draft)
            revealed = header.prompt.count + text.count
        }
        // What was pinned and is no more stands where it was.
        for (position, token) in pins where intervention.pins[position] == nil && position < revealed {
            if position >= header.prompt.count + text.count { open[position] = token }
        }
        for position in intervention.pins.keys { open[position] = nil }
        pins = intervention.pins
        if intervention.restart != nil, !header.options.isVerified {
            reveal(to: revealed + header.options.canvasLength)
        }
    }

    private func check(_ write: Trace.Write, _ places: Range<Int>) throws {
        try require(places.contains(write.position), "position \(write.position) is outside \(places)")
        try require(isToken(write.token), "token \(write.token) is outside the vocabulary")
        try require((0...1).contains(write.confidence), "confidence \(write.confidence) is outside 0...1")
        let pin = pins[write.position]
        try require(pin == nil || pin == write.token, "position \(write.position) is pinned")
    }

    private mutating func commit(_ step: Trace.Step, _ front: Int) throws {
        var ended = false
        for (offset, token) in step.committed.enumerated() {
            let position = front + offset
            let visible = open.removeValue(forKey: position) ?? pins[position]
            try require(!ended, "tokens are committed behind the end marker")
            try require(visible == token, "token \(token) is committed at \(position), where it does not stand")
            ended = header.options.isEnd(token)
            if !ended { text.append(token) }
        }
        finish = step.finish
        try require(ended == (finish == .stop), "an end marker without an end, or an end without a marker")
        try require(
            finish != .length || text.count == header.options.maxTokens,
            "the text ends at \(text.count) tokens of \(header.options.maxTokens)"
        )
    }

    /// The recorded canvas must be what the writes made of it.
    private mutating func compare(_ step: Trace.Step) throws {
        try require(step.canvas.count == step.confidences.count, "the canvas has tokens without confidence")
        let front = header.prompt.count + text.count
        if step.canvas.isEmpty || finish != nil {
            // Verified steps and thrown-away canvases leave nothing behind.
            open = [:]
            revealed = front
            return
        }
        revealed = max(revealed, front)
        reveal(to: front + step.canvas.count)
        try require(step.start == front, "the canvas starts at \(step.start), the text ends at \(front)")
        for (offset, token) in step.canvas.enumerated() {
            let expected = open[front + offset] ?? pins[front + offset] ?? header.options.maskToken
            try require(token == expected, "the canvas shows \(token) at \(front + offset), written was \(expected)")
        }
    }

    private func require(_ ok: Bool, _ what: @autoclosure () -> String) throws {
        if !ok { throw Contradiction(what: what()) }
    }
}
