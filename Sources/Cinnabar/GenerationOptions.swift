import Common

/// How text is written. The weights are the same in all four modes.
public enum Mode: String, Sendable, CaseIterable, Codable {
    /// Parallel, with a tight error bound and second looks.
    case quality
    /// As `lossless`, but a draft that is nearly as probable is accepted too: the default.
    case speed
    /// Parallel drafts that the same network verifies: exactly the text of `autoregressive`, in fewer forwards.
    case lossless
    /// One token a forward: the baseline.
    case autoregressive
}

/// Options of one generation. Everything that shapes the text is here; the same options give the same text.
public struct GenerationOptions: Sendable, Hashable {
    public var mode: Mode
    /// Most tokens to write; default 256 for a continuation, 128 for a hole.
    public var maxTokens: Int?
    /// 0 takes the best token; above, tokens are sampled.
    public var temperature: Double
    /// What else shapes the choice of a token.
    public var sampling: Sampling
    /// Seed of the sampling.
    public var seed: UInt64
    /// Tokens of the canvas; default the model's own for the mode.
    public var canvas: CanvasLength
    /// Verified modes draft from repetitions of the text instead of canvases ('autoregressive' with prompt lookup).
    public var promptLookup: Bool
    /// What the text must be; nil for anything.
    public var constraint: Constraint?
    /// What is written is looked at again while its block is open: for LLaDA2.1, whose configuration does not tell it from 2.0,
    /// which has not learned that. LLaDA2.2 always does.
    public var editing: Bool
    /// How masks become tokens, where the way of a checkpoint's authors is not wanted.
    public var unmasking: Unmasking
    /// Texts before which the output ends; at most 64, of 1 to 4,096 bytes.
    public var stop: [String]
    /// The result tells how probable each token was, and so many of the most probable ones (0...20); nil for neither.
    public var topLogprobs: Int?
    /// Text that the output is expected to resemble, as of an edit the old text: it is drafted from, or the canvas starts
    /// from it (algorithms.md E3).
    public var draft: String?

    public init(
        mode: Mode = .speed,
        maxTokens: Int? = nil,
        temperature: Double = 0,
        sampling: Sampling = Sampling(),
        seed: UInt64 = 0,
        canvas: CanvasLength = .standard,
        promptLookup: Bool = false,
        constraint: Constraint? = nil,
        editing: Bool = false,
        unmasking: Unmasking = Unmasking(),
        stop: [String] = [],
        topLogprobs: Int? = nil,
        draft: String? = nil
    ) {
        self.mode = mode
        self.maxTokens = maxTokens
        self.temperature = temperature
        self.sampling = sampling
        self.seed = seed
        self.canvas = canvas
        self.promptLookup = promptLookup
        self.constraint = constraint
        self.editing = editing
        self.unmasking = unmasking
        self.stop = stop
        self.topLogprobs = topLogprobs
        self.draft = draft
    }
}

extension GenerationOptions {
    static func editsNothing(_ name: String) -> CinnabarError {
        CinnabarError(
            .invalidArgument,
            "editing is for LLaDA2.1, this is \(name)",
            hint: "leave it out; mode quality of a native model looks at every token again"
        )
    }
}
