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
    }

    /// What full attention keeps from the first forward over a block, though the tokens it was computed from change
    /// (Fast-dLLM, section 3.2): not exact, and several times less work.
    package enum Cache: String, Sendable, Hashable {
        case none
        /// Keys and values before the block.
        case prefix
        /// All but those of the block.
        case dual
    }

    package var rule: DenoisingRule
    package var window: Window
    package var blockLength: Int
    /// Most tokens to write.
    package var maxTokens: Int
    /// Blocks are worked at in parts of this length, each until no mask is left in it, and the first token of every block is
    /// the causal prediction of the last one (Fast-dLLM v2).
    package var subBlockLength: Int?
    package var cache = Cache.none
    /// w of `un + (w + 1)(cond - un)`, where `un` does not see the prompt (LLaDA); 0 for none. Twice the work.
    package var guidance = 0.0
    package var temperature = 0.0
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

    package var commitsBlocks: Bool { window == .blocks || window == .blocksBehindPrompt }

    /// Refuses values outside their range.
    package func validate(vocabularySize: Int) throws {
        func check(_ ok: Bool, _ message: @autoclosure () -> String) throws {
            if !ok { throw CinnabarError(.invalidArgument, "decoding options: \(message())") }
        }
        try check((1...1 << 16).contains(blockLength), "block length \(blockLength) is outside 1...65536")
        try check((1...1 << 24).contains(maxTokens), "\(maxTokens) tokens are outside 1...16777216")
        try check((0...100).contains(temperature), "temperature \(temperature) is outside 0...100")
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
        for token in [maskToken] + endTokens + suppressedTokens {
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
