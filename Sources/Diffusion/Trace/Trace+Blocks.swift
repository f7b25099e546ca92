package import Common
import Models

extension Trace {
    /// How the blocks of a text lie, for one that was written by ``BlockSession``.
    package struct Blocks: Sendable, Hashable, Codable {
        /// Where the first one begins, in the prompt or at its end, and the length of all but the last.
        package var begin: Int
        package var length: Int
        /// Behind the last one; where the text changes its length, when it began.
        package var end: Int
        package var isVariable: Bool
        /// Each step makes final what stands before the first mask, and the block moves on by that.
        package var isSliding: Bool
        /// Given tokens behind the text.
        package var suffix: [TokenID]
    }

    /// ``replay()`` of a text written block by block.
    func replay(_ blocks: Blocks) throws -> Outcome {
        let (prompt, tokens) = (header.prompt.count, header.options.maxTokens)
        let given = header.prompt + blocks.suffix
        guard !given.isEmpty, given.allSatisfy({ $0 >= 0 && Int($0) < header.vocabularySize }) else {
            throw CinnabarError(.malformed, "trace: nothing is given, or tokens are outside the vocabulary")
        }
        guard (1...1 << 24).contains(blocks.length), (0...prompt).contains(blocks.begin),
            prompt - blocks.begin < blocks.length, (prompt + 1...prompt + tokens + blocks.length).contains(blocks.end)
        else {
            throw CinnabarError(
                .malformed,
                "trace: blocks of \(blocks.length) from \(blocks.begin) to \(blocks.end) behind \(prompt) tokens"
            )
        }
        var board = BlockBoard(header, blocks)
        for (number, step) in steps.enumerated() {
            do {
                try board.apply(step)
            } catch let error as BlockBoard.Contradiction {
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

/// The text of blocks while it is written again.
private struct BlockBoard {
    struct Contradiction: Error {
        let what: String
    }

    let header: Trace.Header
    let blocks: Trace.Blocks
    var text: [TokenID] = []
    var forwards = 0
    var finish: FinishReason?
    /// All before it is given or final.
    private var front: Int
    private var end: Int
    /// Visible tokens behind it, by absolute position.
    private var open: [Int: TokenID] = [:]
    private var pins: [Int: TokenID] = [:]

    init(_ header: Trace.Header, _ blocks: Trace.Blocks) {
        (self.header, self.blocks) = (header, blocks)
        (front, end) = (header.prompt.count, blocks.end)
    }

    /// The open block, its given part included.
    private var block: Range<Int> {
        if blocks.isVariable { return blocks.begin..<end }
        if blocks.isSliding { return front..<max(front, min(front + blocks.length, end)) }
        let begin = blocks.begin + (front - blocks.begin) / blocks.length * blocks.length
        return begin..<max(front, min(begin + blocks.length, end))
    }

    mutating func apply(_ step: Trace.Step) throws {
        for intervention in step.interventions ?? [] { try apply(intervention) }
        if step.onlyIntervenes, step.forwards == forwards {
            try require(step.finish == finish, "an intervention changes why the text ended")
            return try compare(step)
        }
        try require(finish == nil, "there are steps behind the end of the text")
        try require(step.forwards == forwards + 1, "\(step.forwards) forwards follow \(forwards)")
        forwards = step.forwards
        for write in step.unmasked {
            try check(write)
            try require(open[write.position] == nil, "position \(write.position) is written twice")
            if pins[write.position] == nil { open[write.position] = write.token }
        }
        for write in step.edited {
            try check(write)
            try require(open[write.position] != nil, "position \(write.position) is edited, but empty")
            open[write.position] = write.token
        }
        for position in step.remasked {
            try require(open.removeValue(forKey: position) != nil, "position \(position) is masked, but empty")
        }
        try move(deleted: step.deleted ?? [], inserted: step.inserted ?? [])
        try commit(step)
        try compare(step)
    }

    private mutating func apply(_ intervention: Intervention) throws {
        func isToken(_ token: TokenID) -> Bool { token >= 0 && Int(token) < header.vocabularySize }
        try require(intervention.pins.values.allSatisfy(isToken), "a pin is outside the vocabulary")
        pins = intervention.pins
        guard let restart = intervention.restart else { return }
        try require((0...text.count).contains(restart.kept), "\(restart.kept) of \(text.count) tokens are kept")
        try require((restart.given + restart.draft).allSatisfy(isToken), "tokens are outside the vocabulary")
        text.removeLast(text.count - restart.kept)
        text += restart.given
        try require(text.count <= header.options.maxTokens, "\(text.count) tokens are more than asked for")
        front = header.prompt.count + text.count
        finish = text.count < header.options.maxTokens ? nil : .length
        try require(restart.draft.count <= block.upperBound - front, "more tokens stand than the block has places")
        open = [:]
        for (offset, token) in restart.draft.enumerated() where token != header.options.maskToken {
            open[front + offset] = token
        }
    }

    private func check(_ write: Trace.Write) throws {
        let places = front..<block.upperBound
        try require(places.contains(write.position), "position \(write.position) is outside \(places)")
        try require(
            write.token >= 0 && Int(write.token) < header.vocabularySize && write.token != header.options.maskToken,
            "token \(write.token) is no token of the text"
        )
        try require(pins[write.position] ?? write.token == write.token, "position \(write.position) is pinned")
        try require((0...1).contains(write.confidence), "confidence \(write.confidence) is outside 0...1")
    }

    private mutating func move(deleted: [Int], inserted: [Int]) throws {
        guard !deleted.isEmpty || !inserted.isEmpty else { return }
        let places = front..<block.upperBound
        for list in [deleted, inserted] {
            let rises = zip(list, list.dropFirst()).allSatisfy { $0 < $1 }
            try require(rises && list.allSatisfy(places.contains), "places \(list) are not ascending in \(places)")
        }
        try require(Set(deleted).isDisjoint(with: inserted), "a place is deleted and has something before it")
        if blocks.isVariable {
            end += inserted.count - deleted.count
            let most = header.prompt.count + header.options.maxTokens
            try require(end <= most, "the text grows to \(end), beyond \(most)")
        }
        let upper = block.upperBound
        let gone = Set(deleted)
        /// Elements of an ascending list that are below a bound.
        func count(_ list: [Int], below bound: Int) -> Int {
            var (low, high) = (0, list.count)
            while low < high {
                let middle = (low + high) / 2
                if list[middle] < bound { low = middle + 1 } else { high = middle }
            }
            return low
        }
        var moved: [Int: TokenID] = [:]
        for (position, token) in open where !gone.contains(position) {
            let place = position - count(deleted, below: position) + count(inserted, below: position + 1)
            if place < upper { moved[place] = token }
        }
        open = moved
    }

    /// A block becomes final as a whole, unless it slides.
    private mutating func commit(_ step: Trace.Step) throws {
        let open = front..<block.upperBound
        guard !step.committed.isEmpty || step.finish != nil else { return }
        let count = step.committed.count
        try require(
            blocks.isSliding ? count <= open.count : count == open.count,
            "\(count) tokens are committed of \(open)"
        )
        let places = open.prefix(count)
        for (position, token) in zip(places, step.committed) {
            let visible = self.open.removeValue(forKey: position) ?? pins[position]
            try require(visible == token, "token \(token) is committed at \(position), where it does not stand")
        }
        let kept = step.committed.prefix { !header.options.isEnd($0) }
        text += kept.prefix(header.options.maxTokens - text.count)
        front += count
        let isFull = text.count >= header.options.maxTokens
        let isEnd = kept.count < step.committed.count || blocks.isVariable && !isFull
        finish = isEnd ? .stop : isFull || front >= end ? .length : nil
        try require(step.finish == finish, "the text ends otherwise than its tokens say")
    }

    /// The recorded canvas must be what the writes made of it.
    private func compare(_ step: Trace.Step) throws {
        try require(step.canvas.count == step.confidences.count, "the canvas has tokens without confidence")
        guard finish == nil else { return try require(step.canvas.isEmpty, "a canvas is left behind the end") }
        try require(step.start == front, "the canvas starts at \(step.start), the text ends at \(front)")
        var visible = 0
        for (offset, token) in step.canvas.enumerated() {
            let position = step.start + offset
            if open[position] != nil { visible += 1 }
            let expected = open[position] ?? pins[position] ?? header.options.maskToken
            try require(token == expected, "the canvas shows \(token) at \(position), written was \(expected)")
        }
        try require(visible == open.count, "tokens stand outside the canvas")
    }

    private func require(_ ok: Bool, _ what: @autoclosure () -> String) throws {
        if !ok { throw Contradiction(what: what()) }
    }
}

extension BlockSession {
    /// A trace without steps yet; append what `next()` returns.
    package func makeTrace() -> Trace {
        var shared = DecodingOptions(.quality, maskToken: options.maskToken, endTokens: options.endTokens)
        shared.maxTokens = options.maxTokens
        shared.temperature = options.temperature
        shared.seed = options.seed
        shared.suppressedTokens = options.suppressedTokens
        return Trace(
            header: Trace.Header(
                vocabularySize: network.vocabularySize,
                options: shared,
                prompt: prompt,
                pins: [:],
                draft: [],
                blocks: Trace.Blocks(
                    begin: block.lowerBound,
                    length: options.blockLength,
                    end: end,
                    isVariable: isVariable,
                    isSliding: options.window == .sliding,
                    suffix: suffix
                )
            )
        )
    }
}
