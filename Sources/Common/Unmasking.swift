/// How the masks of a text become tokens, where the way of a checkpoint's authors is not wanted: what is nil stays theirs.
///
/// For families that write in blocks; a native model takes `threshold` in mode quality.
public struct Unmasking: Sendable, Hashable {
    /// Which masks a forward writes.
    public enum Rule: String, Sendable, Hashable, CaseIterable {
        /// So many of the surest that all are written after `steps` (LLaDA, Dream).
        case scheduled
        /// All whose token is at least as probable as `threshold`, always one (Fast-dLLM, section 3.3).
        case threshold
        /// Those above `threshold`, but no fewer than scheduled (SDAR, LLaDA2.0).
        case dynamic
        /// The most n for which (n + 1)(1 - probability of the n-th) is below `threshold`, always one (Fast-dLLM, section 3.3).
        case factor
        /// In the order of entropy as long as the sum stays below `threshold` nats, always one (EB-Sampler).
        case entropyBound = "entropy_bound"
        /// All whose entropy, plus a penalty for places behind the first mask, is below `threshold` nats, always one (WeDLM).
        case entropyBelow = "entropy_below"
        /// After each step the least sure are masks again, whether written before or not (P2, Open-dCoder).
        case remasking
    }

    /// What makes one mask surer than another.
    public enum Score: String, Sendable, Hashable, CaseIterable {
        /// Of the token to write (Dream: `maskgit_plus`).
        case probability
        /// By which the best token is more probable than the second (Dream: `topk_margin`).
        case margin
        /// Small before large.
        case entropy
        /// Left before right.
        case position
    }

    /// What full attention keeps from the first forward over a block, though what it was computed from changes: not exact, and
    /// several times less work (Fast-dLLM, section 3.2). Each block computes it anew.
    public enum Cache: String, Sendable, Hashable, CaseIterable {
        case none
        /// Keys and values before the block.
        case prefix
        /// All but those of the block.
        case dual
    }

    public var rule: Rule?
    public var score: Score?
    /// Forwards over a block, 1...65536; as many as it has tokens where nothing else is said.
    public var steps: Int?
    /// Of the rule: a probability, a factor or nats, 0...1000.
    public var threshold: Double?
    /// Tokens of a block, 1...65536; not of a network that sees its blocks only.
    public var blockLength: Int?
    /// w of `un + (w + 1)(cond - un)`, where `un` does not see the prompt (LLaDA), 0...1000: twice the work. Full attention only.
    public var guidance: Double?
    public var cache: Cache?

    public init() {}

    /// - Throws: `invalidArgument` that names the value outside its range.
    package func validate() throws {
        func check(_ ok: Bool, _ message: @autoclosure () -> String) throws {
            if !ok { throw CinnabarError(.invalidArgument, "unmasking: \(message())") }
        }
        try check((1...1 << 16).contains(steps ?? 1), "steps \(steps ?? 1) is outside 1...65536")
        try check((1...1 << 16).contains(blockLength ?? 1), "block_length \(blockLength ?? 1) is outside 1...65536")
        try check((0...1000).contains(threshold ?? 0), "threshold \(threshold ?? 0) is outside 0...1000")
        try check((0...1000).contains(guidance ?? 0), "guidance \(guidance ?? 0) is outside 0...1000")
    }

    package static func checkProbability(_ threshold: Double) throws {
        guard (0...1).contains(threshold) else {
            throw CinnabarError(
                .invalidArgument,
                "unmasking: threshold \(threshold) is outside 0...1",
                hint: "of this rule it is a probability"
            )
        }
    }
}
