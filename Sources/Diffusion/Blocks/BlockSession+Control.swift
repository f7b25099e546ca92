package import Common
import Constraints
import Models

/// Control of a text that is written block by block. The open block goes on from what stands in it, unless that was chosen for another
/// text: it begins again behind text that was taken back and under another constraint. Nothing is drafted from.
extension BlockSession {
    package mutating func pin(_ tokens: [Int: TokenID]) throws {
        try checkControl()
        try checkPins(
            tokens,
            room: options.maxTokens,
            vocabularySize: network.vocabularySize,
            mask: options.maskToken
        )
        var validity = validity
        for (position, token) in tokens.sorted(by: { $0.key < $1.key }) { try validity?.pin(position, to: token) }
        self.validity = validity
        intervene(pins: pins.merging(absolute(tokens)) { $1 }, keepsOpen: validity == nil)
    }

    package mutating func lock(_ range: Range<Int>) throws {
        try checkControl()
        try checkPositions(range, room: options.maxTokens)
        var locked: [Int: TokenID] = [:]
        for position in range {
            let place = position + prompt.count
            if text.indices.contains(position) {
                locked[position] = text[position]
            } else if finish == nil, openBlock.contains(place), place < tokens.count, tokens[place] != options.maskToken
            {
                locked[position] = tokens[place]
            } else {
                throw Self.nothingToLock(position)
            }
        }
        try validity?.lock(locked)
        intervene(pins: pins.merging(absolute(locked)) { $1 }, keepsOpen: true)
    }

    package mutating func unpin(_ position: Int) throws {
        try checkControl()
        try checkPositions(position..<position, room: options.maxTokens)
        validity?.unpin(position)
        var pins = pins
        guard pins.removeValue(forKey: position + prompt.count) != nil else { return }
        intervene(pins: pins, keepsOpen: true)
    }

    package mutating func replace(_ range: Range<Int>, with tokens: [TokenID], isDraftKept: Bool) throws {
        try checkControl()
        try checkReplacement(range, tokens, room: options.maxTokens, pins: outputPins) {
            (0..<network.vocabularySize).contains(Int($0)) && $0 != options.maskToken && !options.endTokens.contains($0)
        }
        if var validity {
            _ = try validity.rollBack(to: range.lowerBound)
            try validity.commit(tokens)
            self.validity = validity
        }
        restart(kept: range.lowerBound, given: tokens)
    }

    package mutating func constrain(to constraint: TextConstraint?, mayRollBack: Bool) throws {
        try checkControl()
        guard let constraint else {
            (self.constraint, validity) = (nil, nil)
            return intervene(pins: pins, keepsOpen: true)
        }
        _ = try Self.start(constraint, options)
        let ended = finish == .stop ? options.endTokens.prefix(1) : []
        let validity = try ConstraintSession(
            constraint.automaton,
            options: .init(endTokens: options.endTokens, padToken: nil),
            limit: options.maxTokens,
            pins: outputPins,
            joining: text + ended,
            mayRollBack: mayRollBack
        )
        let kept = min(validity.committed.count, text.count)
        let isCut = validity.committed.count < text.count + ended.count
        (self.constraint, self.validity) = (constraint, validity)
        if isCut { restart(kept: kept, given: []) } else { intervene(pins: pins, keepsOpen: false) }
    }

    private var outputPins: [Int: TokenID] {
        Dictionary(uniqueKeysWithValues: pins.map { ($0.key - prompt.count, $0.value) })
    }

    private func absolute(_ tokens: [Int: TokenID]) -> [Int: TokenID] {
        Dictionary(uniqueKeysWithValues: tokens.map { ($0.key + prompt.count, $0.value) })
    }

    /// Goes on behind `kept` final tokens and some given ones.
    private mutating func restart(kept: Int, given: [TokenID]) {
        text = text.prefix(kept) + given
        finish = text.count < options.maxTokens ? nil : .length
        let start = Self.blockStart(of: front, prompt: prompt.count, options)
        block = start..<max(start, min(start + options.blockLength, end))
        if options.commitsBlocks { cache.truncate(to: min(cache.length, committable(prompt.count + kept))) }
        tokens = prompt + text
        isSeeding = options.seedsBlocks && start == front
        if !options.seedsBlocks {
            tokens += Array(repeating: options.maskToken, count: max(0, end - front)) + suffix
        }
        intervene(pins: pins, keepsOpen: false, kept: kept, given: given)
    }

    /// How many of the first `count` tokens may stay committed: whole blocks, and where a causal prediction is to come next not the
    /// last token before it.
    private func committable(_ count: Int) -> Int {
        let most = options.seedsBlocks ? min(count, front - 1) : count
        guard options.window != .sliding else { return most }
        let length = options.blockLength
        return max(0, (max(0, most) + phase) / length * length - phase)
    }

    /// Pins are what is given from now on.
    ///
    /// - Parameter keepsOpen: what stands in the open block stays there, unless it would end the text before a pin.
    private mutating func intervene(
        pins: [Int: TokenID],
        keepsOpen: Bool,
        kept: Int? = nil,
        given: [TokenID] = []
    ) {
        self.pins = pins
        if kept == nil, losesSeed(keepsOpen) { return restart(kept: text.count, given: []) }
        var standing: [TokenID] = []
        if finish == nil {
            let lastPin = pins.keys.max() ?? -1
            for position in front..<max(front, min(tokens.count, end)) {
                let token = tokens[position]
                let isEarlyEnd = position < lastPin && options.endTokens.contains(token)
                let stays = keepsOpen && position < block.upperBound && !isEarlyEnd
                tokens[position] = pins[position] ?? (stays ? token : options.maskToken)
                if position < block.upperBound {
                    standing.append(pins[position] == nil ? tokens[position] : options.maskToken)
                }
            }
            open()
        }
        let isNews = finish == nil || kept != nil
        interventions.append(
            Intervention(
                restart: isNews ? .init(kept: kept ?? text.count, given: given, draft: standing) : nil,
                pins: pins
            )
        )
        intervened += 1
    }

    /// Whether the first token of the block, which the causal stream has written, would be a mask: a canvas does not predict it.
    private func losesSeed(_ keepsOpen: Bool) -> Bool {
        guard finish == nil, options.seedsBlocks, !isSeeding, block.lowerBound == front, pins[front] == nil else {
            return false
        }
        let lastPin = pins.keys.max() ?? -1
        return !keepsOpen || front < lastPin && options.endTokens.contains(tokens[front])
    }

    private func checkControl() throws {
        guard options.lengthTokens == nil else {
            throw CinnabarError(
                .unsupported,
                "a text whose length the network changes takes no intervention",
                hint: "constrain it from the start: its length is fixed then"
            )
        }
    }
}
