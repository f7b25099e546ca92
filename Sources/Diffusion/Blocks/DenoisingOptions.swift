package import Common

/// Everything that shapes a text written block by block.
package struct DenoisingOptions: Sendable, Hashable {
    /// What the network sees beside the block at work, and where blocks begin.
    package enum Window: Sendable, Hashable {
        /// Prompt and all masks to the end of the text: full attention (LLaDA, Dream).
        case whole
        /// Prompt and text to the end of the block: full attention, text of any length (iLLaDA).
        case growing
        /// Finished blocks are committed, the open one is the canvas: block-causal attention. Blocks are counted from position
        /// 0; the last part of the prompt stands in the first one.
        case blocks
        /// The same with blocks counted from the end of the prompt, whose first block may be short: what padding a prompt on the
        /// left to whole blocks comes to (BD3-LM).
        case blocksBehindPrompt
        /// The block is a window that begins at the first mask: what stands before it is committed. The network sees the
        /// window's written tokens before its masks, all causally, each rotated by its place in the text (WeDLM).
        case sliding
    }

    package typealias Cache = Unmasking.Cache

    package var rule: DenoisingRule
    package var window: Window
    package var blockLength: Int
    /// Most tokens to write.
    package var maxTokens: Int
    /// Blocks are worked at in parts of this length, each until no mask is left in it (Fast-dLLM v2).
    package var subBlockLength: Int?
    /// The first token of a block is the causal prediction of the last one before it (Fast-dLLM v2, Nemotron-Labs).
    package var seedsBlocks = false
    package var cache = Cache.none
    /// For networks that change the length of their text: of the whole text where the window is `whole`, else inside a block.
    package var lengthTokens: LengthTokens?
    /// Masks that a text of variable length begins with, and how many may be inserted while it is written (nil for twice the
    /// most tokens): each forward takes one mask, or one of two for each insertion left, so that a text ends.
    package var firstLength = 4
    package var maxInsertions: Int?
    /// w of `un + (w + 1)(cond - un)`, where `un` does not see the prompt (LLaDA); 0 for none. Twice the work.
    package var guidance = 0.0
    package var temperature = 0.0
    /// Under a constraint nothing is cut down: it says what may be drawn.
    package var sampling = Sampling()
    package var seed: UInt64 = 0
    package var maskToken: TokenID
    /// Each of these ends the text with the block in which it stands.
    package var endTokens: [TokenID] = []
    /// Never written.
    package var suppressedTokens: [TokenID] = []
    /// Most prompt tokens in one forward.
    package var prefillChunk = 512

    package init(rule: DenoisingRule, window: Window, blockLength: Int, maxTokens: Int, maskToken: TokenID) {
        self.rule = rule
        self.window = window
        self.blockLength = blockLength
        self.maxTokens = maxTokens
        self.maskToken = maskToken
    }

    /// What is finished is committed.
    package var commitsBlocks: Bool { hasWholeBlocks || window == .sliding }
    /// The text ends with a block.
    var hasWholeBlocks: Bool { window == .blocks || window == .blocksBehindPrompt }
    /// Whether the whole text grows and shrinks.
    package var isVariable: Bool { lengthTokens != nil && !commitsBlocks }

    /// Refuses values outside their range.
    package func validate(vocabularySize: Int) throws {
        func check(_ ok: Bool, _ message: @autoclosure () -> String) throws {
            if !ok { throw CinnabarError(.invalidArgument, "decoding options: \(message())") }
        }
        try check((1...1 << 16).contains(blockLength), "block length \(blockLength) is outside 1...65536")
        try check((1...1 << 24).contains(maxTokens), "\(maxTokens) tokens are outside 1...16777216")
        try check((0...100).contains(temperature), "temperature \(temperature) is outside 0...100")
        try sampling.validate(vocabularySize: vocabularySize)
        try check(guidance >= 0 && guidance.isFinite, "guidance \(guidance) is negative or no number")
        try check(guidance == 0 || !commitsBlocks, "guidance needs full attention")
        try check((1...1 << 24).contains(prefillChunk), "prefill chunk \(prefillChunk) is outside 1...16777216")
        try check(cache == .none || window == .whole && guidance == 0, "a \(cache) cache needs a whole window")
        if let subBlockLength {
            try check(
                subBlockLength >= 1 && blockLength % subBlockLength == 0 && window == .blocks,
                "parts of \(subBlockLength) do not divide committed blocks of \(blockLength)"
            )
        }
        if case .remasking = rule.choice {
            let isPlain = subBlockLength == nil && rule.editThreshold == nil && lengthTokens == nil
            try check(
                isPlain && window != .sliding,
                "tokens are masked again, which this checkpoint's blocks do not bear"
            )
        }
        try check(!seedsBlocks || hasWholeBlocks, "only committed blocks begin with a causal prediction")
        if let lengthTokens {
            try check(
                Set([maskToken, lengthTokens.delete, lengthTokens.insert]).count == 3,
                "mask, delete and insert are \(maskToken), \(lengthTokens.delete) and \(lengthTokens.insert)"
            )
            if isVariable {
                try check(window == .whole && blockLength >= maxTokens, "a text of variable length is one block")
                try check(cache == .none, "a \(cache) cache needs a text of fixed length")
                try check(firstLength >= 1, "a text begins with \(firstLength) masks")
                try check((maxInsertions ?? 0) >= 0, "\(maxInsertions ?? 0) insertions")
            } else if case .threshold = rule.choice, rule.editThreshold != nil, hasWholeBlocks {
                try check(subBlockLength == nil, "a block that is rewritten has no parts")
                try check((0...1 << 16).contains(rule.maxEditSteps), "\(rule.maxEditSteps) edit steps")
            } else {
                try check(false, "a block is rewritten by a threshold, with edits")
            }
        }
        let special = lengthTokens.map { [$0.delete, $0.insert] } ?? []
        for token in [maskToken] + endTokens + suppressedTokens + special {
            try check(
                (0..<vocabularySize).contains(Int(token)),
                "token \(token) is outside the vocabulary of \(vocabularySize)"
            )
        }
        try check(!endTokens.contains(maskToken), "token \(maskToken) is both mask and end marker")
        try check(
            Set(suppressedTokens + [maskToken]).count < vocabularySize,
            "all \(vocabularySize) tokens of the vocabulary are suppressed"
        )
    }
}
