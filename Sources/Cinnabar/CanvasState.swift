/// What a session shows after a forward.
public struct CanvasState: Sendable, Hashable {
    /// A place of the open canvas.
    public struct Cell: Sendable, Hashable {
        public enum Status: String, Sendable {
            /// Still noise.
            case masked
            /// Written, may still be edited or masked again; in the verified modes a draft that the next forward judges.
            case decided
            /// Given or locked: never changes.
            case fixed
        }

        /// The token's text; empty for a mask. A token may be part of a character.
        public let text: String
        public let status: Status
        /// Probability of the token when it was written, in 0...1; of a draft, that it is accepted.
        public let confidence: Float
        /// What the last forward did here.
        public let change: Change?
    }

    public enum Change: String, Sendable {
        case written, edited, remasked
    }

    /// Final text: it never changes again, and grows from state to state.
    public let text: String
    /// The open canvas behind it.
    public let canvas: [Cell]
    /// Network calls so far.
    public let forwards: Int
    /// Rises with every forward and every intervention.
    public let version: Int
    /// Tokens that are final, those included that wait for the rest of a character: the first cell's position.
    public let finalTokenCount: Int

    /// Text of canvas and final part together, masks left out.
    public var provisionalText: String { text + canvas.map(\.text).joined() }
}

/// A finished generation.
public struct GenerationResult: Sendable, Hashable {
    public enum FinishReason: String, Sendable, Codable {
        /// The model ended the text.
        case stop
        /// As many tokens as were asked for.
        case length
        /// The context is full.
        case contextLength = "context_length"
        /// The caller stopped.
        case cancelled
    }

    public let text: String
    /// Output tokens, the end marker not counted.
    public let tokens: Int
    /// Network calls whose logits yielded output, the last prefill call included.
    public let forwards: Int
    public let prefillSeconds: Double
    public let decodeSeconds: Double
    /// Of both, what inference over canvases under a constraint took.
    public let inferenceSeconds: Double
    public let finishReason: FinishReason
    /// Which of the stop texts ended it.
    public let stopSequence: String?
    /// Tokens of a canvas, as given or chosen.
    public let canvasLength: Int
    /// Tokens of the prompt as the network saw it.
    public let contextTokens: Int
    /// Those of them that were taken from another text's cache.
    public let cachedTokens: Int
    /// True if text far from the hole was left out.
    public let trimmed: Bool
    /// Of the output's tokens, if they were asked for.
    public internal(set) var scores: [TokenScore] = []

    public var tokensPerForward: Double { forwards == 0 ? 0 : Double(tokens) / Double(forwards) }
    /// Output tokens a second of decoding, the prefill not counted.
    public var tokensPerSecond: Double { decodeSeconds > 0 ? Double(tokens) / decodeSeconds : 0 }
}
