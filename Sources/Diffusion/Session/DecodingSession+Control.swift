package import Common
import Constraints
import Models

/// What was done to a text from outside between two forwards.
package struct Intervention: Sendable, Hashable, Codable {
    /// Final text was taken back to its first `kept` tokens, `given` ones put behind them; the canvas starts again, from
    /// `draft`, whose first token stands where the first output token does.
    package struct Restart: Sendable, Hashable, Codable {
        package var kept: Int
        package var given: [TokenID]
        package var draft: [TokenID]
    }

    package var restart: Restart?
    /// All tokens that are given from now on, by absolute position.
    package var pins: [Int: TokenID]
}

/// Control of a text that the causal stream or a canvas writes.
extension DecodingSession {
    /// Demands tokens at places that are not final yet.
    package mutating func pin(_ tokens: [Int: TokenID]) throws {
        guard flight == nil else { throw Self.busy }
        let room = limit - prompt.count
        try checkPins(tokens, room: room, vocabularySize: network.vocabularySize, mask: options.maskToken)
        var pins = chooser.pins
        var validity = validity
        for (position, token) in tokens.sorted(by: { $0.key < $1.key }) {
            try validity?.pin(position, to: token)
            pins[position + prompt.count] = token
        }
        self.validity = validity
        for (position, token) in tokens { fix(position + prompt.count, token, .pinned) }
        intervene(pins: pins)
    }

    /// Makes tokens stay that are written by now, final or not.
    package mutating func lock(_ range: Range<Int>) throws {
        guard flight == nil else { throw Self.busy }
        try checkPositions(range, room: limit - prompt.count)
        var tokens: [Int: TokenID] = [:]
        for position in range {
            let index = position + prompt.count - canvas.start
            if text.indices.contains(position) {
                tokens[position] = text[position]
            } else if canvas.cells.indices.contains(index), canvas.cells[index].state != .masked {
                tokens[position] = canvas.cells[index].token
            } else {
                throw Self.nothingToLock(position)
            }
        }
        try validity?.lock(tokens)
        var pins = chooser.pins
        for (position, token) in tokens {
            pins[position + prompt.count] = token
            fix(position + prompt.count, token, .locked)
        }
        intervene(pins: pins)
    }

    /// Lets go of a pin or a lock.
    package mutating func unpin(_ position: Int) throws {
        guard flight == nil else { throw Self.busy }
        try checkPositions(position..<position, room: limit - prompt.count)
        validity?.unpin(position)
        var pins = chooser.pins
        guard pins.removeValue(forKey: position + prompt.count) != nil else { return }
        let index = position + prompt.count - canvas.start
        if canvas.cells.indices.contains(index) { canvas.cells[index].state = .decided }
        intervene(pins: pins)
    }

    /// Another constraint from now on, or none.
    ///
    /// - Parameter mayRollBack: text that violates it may be taken back, to the longest beginning that can go on.
    package mutating func constrain(to constraint: TextConstraint?, mayRollBack: Bool) throws {
        guard flight == nil else { throw Self.busy }
        guard let constraint else {
            (self.constraint, validity) = (nil, nil)
            return intervene(pins: chooser.pins)
        }
        let ended = finish == .stop ? options.endTokens.prefix(1) : []
        let validity = try ConstraintSession(
            constraint.automaton,
            options: .init(options),
            limit: limit - prompt.count,
            pins: outputPins,
            joining: text + ended,
            mayRollBack: mayRollBack
        )
        let kept = min(validity.committed.count, text.count)
        let isCut = validity.committed.count < text.count + ended.count
        (self.constraint, self.validity) = (constraint, validity)
        if isCut {
            restart(kept: kept, given: [], draft: text + openText)
        } else {
            // Drafts of another constraint could end the text unverified.
            book = DraftBook()
            intervene(pins: chooser.pins)
        }
    }

    /// Puts other tokens in the place of final ones; what stood behind them is what the text is drafted from, or forgotten.
    package mutating func replace(_ range: Range<Int>, with tokens: [TokenID], isDraftKept: Bool) throws {
        guard flight == nil else { throw Self.busy }
        let room = limit - prompt.count
        try checkReplacement(range, tokens, room: room, pins: outputPins, isText: isText)
        if var validity {
            _ = try validity.rollBack(to: range.lowerBound)
            try validity.commit(tokens)
            self.validity = validity
        }
        let rest = isDraftKept ? text[range.upperBound...] + openText : []
        restart(kept: range.lowerBound, given: tokens, draft: text[..<range.lowerBound] + tokens + rest)
    }

    private var outputPins: [Int: TokenID] {
        Dictionary(uniqueKeysWithValues: chooser.pins.map { ($0.key - prompt.count, $0.value) })
    }

    /// What is written behind the final text, up to the first mask.
    private var openText: [TokenID] { canvas.cells.prefix { $0.state != .masked }.map(\.token).filter(isText) }

    private func isText(_ token: TokenID) -> Bool {
        (0..<network.vocabularySize).contains(Int(token)) && token != options.maskToken && token != options.padToken
            && !options.isEnd(token)
    }

    private mutating func restart(kept: Int, given: [TokenID], draft: [TokenID]) {
        text = text.prefix(kept) + given
        let all = prompt + text
        // The row of the last token says what comes next.
        cache.truncate(to: min(cache.length, prompt.count + kept, all.count - 1))
        pending = Array(all[cache.length...])
        finish = all.count < limit ? nil : lengthReached
        (self.draft, guardedUntil) = (draft, 0)
        (canvas, book) = (Canvas(start: all.count), DraftBook())
        if finish == nil { openDraft() }
        intervene(pins: chooser.pins, .init(kept: kept, given: given, draft: options.isVerified ? [] : draft))
    }

    /// Starts from what stood here before.
    private mutating func openDraft() {
        guard options.isVerified else { return openCanvas() }
        for (offset, token) in draft.dropFirst(text.count).enumerated() {
            book.write(Draft(token: token, chance: Self.trustInOldText), at: prompt.count + text.count + offset)
        }
    }

    /// Chance that text which was taken back is written again.
    private static var trustInOldText: Double { 0.9 }

    private mutating func fix(_ position: Int, _ token: TokenID, _ state: Canvas.State) {
        let index = position - canvas.start
        guard canvas.cells.indices.contains(index) else { return }
        canvas.cells[index] = Canvas.Cell(token: token, state: state)
    }

    private mutating func intervene(pins: [Int: TokenID], _ restart: Intervention.Restart? = nil) {
        canvas.ready = 0
        chooser = TokenChooser(options: chooser.options, pins: pins)
        verifier = TokenChooser(options: verifier.options, pins: pins)
        interventions.append(Intervention(restart: restart, pins: pins))
        version += 1
    }

    private static var busy: CinnabarError {
        CinnabarError(.invalidArgument, "a forward is under way", hint: "wait for it")
    }
}
