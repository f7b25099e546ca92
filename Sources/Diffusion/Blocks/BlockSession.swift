package import Common
package import Models

/// A text written block by block by a network of another family: for each block (forward → rule → canvas)*, then commit.
///
/// A value with one owner; `next()` runs one forward.
package struct BlockSession<Network: Denoiser> {
    package let network: Network
    package let options: DenoisingOptions
    package let prompt: [TokenID]
    /// Prompt and output, masks where nothing is written yet.
    package internal(set) var tokens: [TokenID]
    /// Final tokens, without the prompt and without an end marker.
    package private(set) var text: [TokenID] = []
    /// Network calls that evaluated a canvas or whose logits yielded a token.
    package private(set) var forwards = 0
    package private(set) var finish: FinishReason?
    /// Time of the first forward, the prefill included, and of those behind it.
    package private(set) var prefillTime = Duration.zero
    package private(set) var decodeTime = Duration.zero

    /// The open block; what of it lies before the end of the prompt is given.
    package private(set) var block: Range<Int>
    /// Positions by which blocks are shifted (``ForwardItem/blockPhase``).
    let phase: Int
    let cache: Network.Cache
    /// Behind the last block.
    private let end: Int
    /// What the schedule gives each forward over the block, and how many there were.
    private var counts: [Int] = []
    private(set) var step = 0
    /// Forwards over the block since it has no masks.
    private var editSteps = 0
    /// The causal prediction of the block's first token is missing.
    var isSeeding = false

    /// - Parameter prompt: at least one token; prompt and output together must fit the context.
    package init(network: Network, prompt: [TokenID], options: DenoisingOptions) throws {
        try options.validate(vocabularySize: network.vocabularySize)
        guard !prompt.isEmpty else {
            throw CinnabarError(.invalidArgument, "the prompt is empty", hint: "start with a beginning-of-text token")
        }
        if let bad = prompt.first(where: { !(0..<network.vocabularySize).contains(Int($0)) }) {
            throw CinnabarError(.invalidArgument, "token \(bad) is outside the vocabulary of \(network.vocabularySize)")
        }
        let length = options.blockLength
        let begin = options.window == .blocks ? prompt.count / length * length : prompt.count
        let blocks = (prompt.count - begin + options.maxTokens + length - 1) / length
        // Only committed blocks must be whole.
        end = options.commitsBlocks ? begin + blocks * length : prompt.count + options.maxTokens
        guard end <= network.contextLength else {
            throw CinnabarError(
                .contextLength,
                "\(prompt.count) prompt tokens and blocks up to \(end) exceed the context of \(network.contextLength)",
                hint: "shorten the prompt or ask for fewer tokens"
            )
        }
        self.network = network
        self.options = options
        self.prompt = prompt
        phase = options.window == .blocksBehindPrompt ? (length - prompt.count % length) % length : 0
        cache = network.makeCache(capacity: options.commitsBlocks || options.cache != .none ? end : 1)
        block = begin..<min(begin + length, end)
        tokens = prompt
        isSeeding = options.subBlockLength != nil && begin == prompt.count
        if options.subBlockLength == nil {
            tokens += Array(repeating: options.maskToken, count: end - prompt.count)
        }
        open()
    }

    /// One forward. Nil when the text is finished.
    package mutating func next() throws -> DecodingStep? {
        guard finish == nil else { return nil }
        let begin = ContinuousClock.now
        try prefill()
        var writes = DenoisingRule.Writes()
        var isDone = false
        if isSeeding {
            writes.unmasked = [try seed()]
            isSeeding = false
            tokens.append(writes.unmasked[0].token)
        } else {
            while tokens.count < block.upperBound { tokens.append(options.maskToken) }
            (writes, isDone) = try denoise()
        }
        forwards += 1
        var result = DecodingStep(forwards: forwards, canvas: canvas)
        (result.unmasked, result.edited, result.remasked) = (writes.unmasked, writes.edited, writes.remasked)
        if isDone { result.committed = close() }
        (result.text, result.finish) = (text, finish)
        if forwards == 1 {
            prefillTime = ContinuousClock.now - begin
        } else {
            decodeTime += ContinuousClock.now - begin
        }
        return result
    }

    /// The open block and, where the network sees them, the masks behind it.
    private var canvas: Canvas {
        let start = min(block.lowerBound, tokens.count)
        return Canvas(
            start: start,
            cells: (start..<tokens.count).map { position in
                Canvas.Cell(
                    token: tokens[position],
                    state: position < prompt.count ? .pinned : isMasked(position) ? .masked : .decided
                )
            }
        )
    }

    /// One forward over the block, and whether it was the last.
    private mutating func denoise() throws -> (DenoisingRule.Writes, isDone: Bool) {
        let part = openPart
        let hadMasks = part.contains(where: isMasked)
        let readings = try read(part)
        let count = step < counts.count ? counts[step] : part.count
        step += 1
        let writes = options.rule.writes(readings, count: count)
        for write in writes.unmasked + writes.edited { tokens[write.position] = write.token }
        for position in writes.remasked { tokens[position] = options.maskToken }
        let masksLeft = block.contains(where: isMasked)
        guard options.rule.editThreshold != nil else { return (writes, !masksLeft) }
        if !hadMasks { editSteps += 1 }
        return (writes, !hadMasks && (writes.isEmpty || editSteps >= options.rule.maxEditSteps))
    }

    /// A mask token in the prompt is text like any other: nothing is written there.
    func isMasked(_ position: Int) -> Bool { position >= prompt.count && tokens[position] == options.maskToken }

    /// The part of the block that is worked at: its first part with masks, or all.
    private var openPart: Range<Int> {
        guard let length = options.subBlockLength else { return block }
        let first = block.first(where: isMasked) ?? block.lowerBound
        let part = block.lowerBound + (first - block.lowerBound) / length * length
        return part..<min(part + length, block.upperBound)
    }

    private mutating func open() {
        let masks = max(0, block.upperBound - max(block.lowerBound, prompt.count))
        counts = options.rule.counts(masks: masks, length: block.count)
        (step, editSteps) = (0, 0)
    }

    /// Makes the block final. An end marker in it ends the text.
    private mutating func close() -> [TokenID] {
        let written = Array(tokens[max(block.lowerBound, prompt.count)..<block.upperBound])
        let kept = written.prefix { !options.endTokens.contains($0) }
        text += kept.prefix(options.maxTokens - text.count)
        if kept.count < written.count {
            finish = .stop
        } else if block.upperBound >= end || text.count >= options.maxTokens {
            finish = .length
        } else {
            block = block.upperBound..<min(block.upperBound + options.blockLength, end)
            isSeeding = options.subBlockLength != nil
            open()
        }
        return written
    }
}
