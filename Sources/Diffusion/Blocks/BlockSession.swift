package import Common
package import Constraints
package import Models

/// A text written block by block by a network of another family: for each block (forward → rule → canvas)*, then commit.
///
/// A value with one owner; `next()` runs one forward.
package struct BlockSession<Network: Denoiser> {
    package let network: Network
    package let options: DenoisingOptions
    package let prompt: [TokenID]
    /// Given tokens behind the output: what is written fills a hole.
    package let suffix: [TokenID]
    /// What the text must be; nil for anything.
    package internal(set) var constraint: TextConstraint?
    /// How far it has come with it, as of the final tokens.
    package internal(set) var validity: ConstraintSession?
    /// Prompt, output and suffix, masks where nothing is written yet.
    package internal(set) var tokens: [TokenID]
    /// Final tokens, without the prompt and without an end marker.
    package internal(set) var text: [TokenID] = []
    /// Network calls that evaluated a canvas or whose logits yielded a token.
    package private(set) var forwards = 0
    package internal(set) var finish: FinishReason?
    /// Tokens given from outside, by absolute position.
    package internal(set) var pins: [Int: TokenID] = [:]
    /// Interventions so far, and those that no step has told of yet.
    var intervened = 0
    var interventions: [Intervention] = []
    /// Time of the first forward, the prefill included, and of those behind it.
    package private(set) var prefillTime = Duration.zero
    package private(set) var decodeTime = Duration.zero
    /// Of both, what inference under a constraint took.
    package internal(set) var inferenceTime = Duration.zero

    /// The open block; what of it lies before the end of the prompt is given.
    package internal(set) var block: Range<Int>
    /// Positions by which blocks are shifted (``ForwardItem/blockPhase``).
    let phase: Int
    let cache: Network.Cache
    /// Behind the last block, before the suffix.
    var end: Int
    /// What the schedule gives each forward over the block, and how many there were.
    private var counts: [Int] = []
    private(set) var step = 0
    /// Forwards over the block since it has no masks.
    private var editSteps = 0
    /// What is remembered of a block that is rewritten (``DenoisingOptions/lengthTokens``).
    var rewriting: BlockRewriting?
    /// Masks put into a text of variable length so far.
    var insertions = 0
    /// The causal prediction of the block's first token is missing.
    var isSeeding = false

    /// - Parameters:
    ///   - prompt: at least one token, unless there is a suffix; all tokens together must fit the context.
    ///   - suffix: what stands behind the text, for windows that see all of it.
    ///   - constraint: what the text must be; for rules that neither edit nor change the length.
    package init(
        network: Network,
        prompt: [TokenID],
        suffix: [TokenID] = [],
        options: DenoisingOptions,
        constraint: TextConstraint? = nil
    ) throws {
        try options.validate(vocabularySize: network.vocabularySize)
        self.constraint = constraint
        validity = try constraint.map { try Self.start($0, options) }
        guard !prompt.isEmpty || !suffix.isEmpty else {
            throw CinnabarError(.invalidArgument, "the prompt is empty", hint: "start with a beginning-of-text token")
        }
        guard suffix.isEmpty || options.window == .whole else {
            throw CinnabarError(.invalidArgument, "a text with something behind it needs a whole window")
        }
        if let bad = (prompt + suffix).first(where: { !(0..<network.vocabularySize).contains(Int($0)) }) {
            throw CinnabarError(.invalidArgument, "token \(bad) is outside the vocabulary of \(network.vocabularySize)")
        }
        let length = options.blockLength
        let begin = Self.blockStart(of: prompt.count, prompt: prompt.count, options)
        let blocks = (prompt.count - begin + options.maxTokens + length - 1) / length
        // Only committed blocks must be whole.
        let most = options.hasWholeBlocks ? begin + blocks * length : prompt.count + options.maxTokens
        end = options.isVariable ? prompt.count + min(options.firstLength, options.maxTokens) : most
        guard most <= network.contextLength - suffix.count else {
            throw CinnabarError(
                .contextLength,
                "\(prompt.count + suffix.count) prompt tokens and blocks up to \(most) exceed the context of \(network.contextLength)",
                hint: "shorten the prompt or ask for fewer tokens"
            )
        }
        self.network = network
        self.options = options
        (self.prompt, self.suffix) = (prompt, suffix)
        phase = options.window == .blocksBehindPrompt ? (length - prompt.count % length) % length : 0
        cache = network.makeCache(
            capacity: options.commitsBlocks || options.cache != .none ? end + suffix.count : 1
        )
        block = begin..<min(begin + length, end)
        tokens = prompt
        isSeeding = options.seedsBlocks && begin == prompt.count
        if !options.seedsBlocks {
            tokens += Array(repeating: options.maskToken, count: end - prompt.count) + suffix
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
            while tokens.count < block.upperBound { tokens.append(pins[tokens.count] ?? options.maskToken) }
            (writes, isDone) = try denoise()
        }
        forwards += 1
        let committed = isDone || options.window == .sliding ? try close() : []
        var result = DecodingStep(forwards: forwards, canvas: canvas)
        (result.interventions, interventions) = (interventions, [])
        (result.unmasked, result.edited, result.remasked) = (writes.unmasked, writes.edited, writes.remasked)
        (result.deleted, result.inserted) = (writes.deleted, writes.inserted)
        (result.committed, result.text, result.finish) = (committed, text, finish)
        if forwards == 1 {
            prefillTime = ContinuousClock.now - begin
        } else {
            decodeTime += ContinuousClock.now - begin
        }
        return result
    }

    /// What of the block is open and, where the network sees them, the masks behind it.
    var canvas: Canvas {
        guard finish == nil else { return Canvas(start: end) }
        let last = min(options.window == .whole ? end : block.upperBound, tokens.count)
        return Canvas(
            start: front,
            cells: (front..<max(front, last)).map { position in
                Canvas.Cell(
                    token: tokens[position],
                    state: pins[position] != nil ? .pinned : isMasked(position) ? .masked : .decided
                )
            }
        )
    }

    /// What stands before it is given or final.
    var front: Int { prompt.count + text.count }

    /// Where the block begins in which a position lies.
    static func blockStart(of position: Int, prompt: Int, _ options: DenoisingOptions) -> Int {
        switch options.window {
        case .blocks: position / options.blockLength * options.blockLength
        case .sliding: position
        case .whole, .growing, .blocksBehindPrompt:
            prompt + (position - prompt) / options.blockLength * options.blockLength
        }
    }

    /// One forward over the block, and whether it was the last.
    private mutating func denoise() throws -> (DenoisingRule.Writes, isDone: Bool) {
        if rewriting != nil { return try rewrite() }
        let part = openPart
        let hadMasks = part.contains(where: isMasked)
        let readings = try read(part)
        let count = step < counts.count ? counts[step] : part.count
        step += 1
        var writes = options.rule.writes(readings, count: count)
        if isVariable { takeLengthTokens(from: &writes, masks: readings.filter(\.isMasked).map(\.position)) }
        apply(writes)
        let masksLeft = block.contains(where: isMasked)
        guard options.rule.editThreshold != nil else { return (writes, !masksLeft) }
        if !hadMasks { editSteps += 1 }
        return (writes, !hadMasks && (writes.isEmpty || editSteps >= options.rule.maxEditSteps))
    }

    /// A mask token in what is given is text like any other: nothing is written there.
    func isMasked(_ position: Int) -> Bool {
        position >= front && position < end && tokens[position] == options.maskToken
    }

    /// The open block without what of it is given or final.
    var openBlock: Range<Int> { max(block.lowerBound, front)..<max(block.upperBound, front) }

    /// The part of the block that is worked at: its first part with masks, or all.
    private var openPart: Range<Int> {
        guard let length = options.subBlockLength else { return block }
        let first = block.first(where: isMasked) ?? block.lowerBound
        let part = block.lowerBound + (first - block.lowerBound) / length * length
        return part..<min(part + length, block.upperBound)
    }

    /// Begins with the block, or again with what is masked in it.
    mutating func open() {
        let masks = openBlock.count { $0 < tokens.count ? isMasked($0) : pins[$0] == nil }
        counts = options.rule.counts(masks: masks, length: block.count)
        (step, editSteps) = (0, 0)
        guard options.hasWholeBlocks, let special = options.lengthTokens,
            case .threshold(let threshold) = options.rule.choice, let editThreshold = options.rule.editThreshold
        else { return }
        rewriting = BlockRewriting(
            count: openBlock.count,
            blockLength: options.blockLength,
            mask: options.maskToken,
            special: special,
            threshold: threshold,
            editThreshold: editThreshold,
            maxEditSteps: options.rule.maxEditSteps
        )
    }

    /// Makes the block final, of a sliding one what stands before its first mask. An end marker in it ends the text.
    private mutating func close() throws -> [TokenID] {
        let firstMask = options.window == .sliding ? block.first(where: isMasked) : nil
        let closed = firstMask ?? block.upperBound
        let written = Array(tokens[openBlock.lowerBound..<closed])
        let kept = written.prefix { !options.endTokens.contains($0) }
        if let committed = validity?.committed.count {
            let valid = Array(written.prefix(options.maxTokens - committed))
            try validity?.commit(valid)
        }
        text += kept.prefix(options.maxTokens - text.count)
        if kept.count < written.count || isVariable && text.count < options.maxTokens {
            finish = .stop
        } else if closed >= end || text.count >= options.maxTokens {
            finish = .length
        } else {
            block = closed..<min(closed + options.blockLength, end)
            isSeeding = options.seedsBlocks
            open()
        }
        return written
    }
}
