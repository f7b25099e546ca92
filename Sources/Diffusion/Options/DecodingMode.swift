/// How text is written; the weights are the same in all four.
package enum DecodingMode: String, Codable, Sendable, CaseIterable {
    /// Parallel unmasking with a tight entropy bound; every token survives a second look, of the causal stream or the canvas, before it
    /// is committed.
    case quality
    /// As `lossless`, but a draft is also accepted if it is nearly as probable as what the causal stream would write.
    case speed
    /// Canvases draft, the causal stream verifies in the same forward: the text of `autoregressive`, sooner.
    case lossless
    /// One token a forward: the baseline.
    case autoregressive
}

/// Where the drafts of a verified mode come from. At a tolerance of 1 the text is the same for all.
package enum Drafting: String, Codable, Sendable, CaseIterable {
    case none
    /// Masked canvases in the verifying forward (algorithms.md B12).
    case canvas
    /// What followed the last few tokens where they stood before, in the prompt, the output or a reference text.
    /// Apply-edit is this with the old text as reference (algorithms.md E3).
    case promptLookup = "prompt_lookup"
    /// Both: the more probable of two guesses.
    case canvasAndLookup = "canvas_and_lookup"

    package var usesCanvases: Bool { self == .canvas || self == .canvasAndLookup }
    package var usesLookup: Bool { self == .promptLookup || self == .canvasAndLookup }
}

/// When decided tokens leave the canvas (algorithms.md G5).
package enum CanvasWindow: String, Codable, Sendable, CaseIterable {
    /// The decided and stable front is committed at once and masks follow at the end.
    case sliding
    /// The canvas is committed as a whole once it is closed.
    case fixed
}
