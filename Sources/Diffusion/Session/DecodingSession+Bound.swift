extension DecodingSession {
    /// No decode takes more forwards than this (algorithms.md G7.10).
    ///
    /// A forward that sees a mask leaves strictly fewer of them, and masks are made only where a position opens (N: one
    /// that was taken off the canvas counts as not opened) and in revision rounds; a canvas without masks is looked at
    /// `maxEditSteps` times at most. Each stretch of B committed tokens has its own revisions and looks, which for a fixed
    /// canvas is B + 2 * B/4 + maxEditSteps. The repetition guard may throw away one canvas for each B tokens, the causal
    /// stream one for each token that it writes, and judging may take a forward. A verified forward writes at least one token.
    package var forwardBound: Int {
        let positions = limit - prompt.count
        guard !options.isVerified else { return positions }
        let stretches = positions / options.canvasLength + 1
        let corrections =
            DecodingOptions.Caps.revisions * options.remasksPerRevision + options.maxEditSteps
        let lost = options.repetitionGuard ? options.canvasLength + corrections : 0
        let vetoes = options.tauVeto > 0 ? positions * (1 + options.canvasLength + corrections) : 0
        return positions + vetoes + stretches * (corrections + lost)
    }
}
