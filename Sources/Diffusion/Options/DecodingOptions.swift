package import Common

/// Everything that shapes the text. Two runs with equal options, prompt and network give equal text.
package struct DecodingOptions: Sendable, Hashable {
    package var mode: DecodingMode
    /// For the verified modes and the repetition guard.
    package var drafting: Drafting
    /// Tokens on a canvas, B.
    package var canvasLength: Int
    package var window: CanvasWindow
    /// Entropy bound in nats: tokens accepted together satisfy `sum H - max H <= gamma` (algorithms.md B4).
    package var gamma: Double
    /// Least probability of a token that is accepted together with others.
    package var tauMin: Double
    /// A doubted token is overwritten by one that is at least this probable, otherwise masked again.
    package var tauEdit: Double
    /// Tokens that the detector finds right with a smaller probability are doubted.
    package var tauG: Double
    /// Masks behind one that says "the text ends here", or "behind the end", with at least this probability are taken off
    /// the canvas until it says otherwise; 1 keeps them. They would cost rows and say nothing.
    package var tauEnd: Double
    /// Decided tokens at the end of the decided front that stay open for corrections (sliding window only).
    package var lag: Int
    /// Forwards that a decided token survives before it may be committed.
    package var settle: Int
    /// Forwards over a canvas without masks, before it is closed whatever the detector says.
    package var maxEditSteps: Int
    /// Writes a canvas's worth of tokens in lossless mode at temperature 0.5 when the text repeats itself.
    package var repetitionGuard: Bool
    /// Most canvases in a verifying forward, each for another number of accepted drafts.
    package var canvases: Int
    /// Most drafts in a verifying forward.
    package var draftLength: Int
    /// A draft is verified only if it is accepted with at least this probability, as its canvas sees it; likewise the
    /// second canvas and on. A draft costs a row and earns that many tokens, so the right value is about
    /// (cost of a row) / (cost of a forward).
    package var draftFloor: Double
    /// Chance that a draft is accepted if those before it were, as measured for the model: what a canvas length is chosen by
    /// (``CanvasChoice``). The text depends on it only through that choice.
    package var draftAcceptance: Double
    /// A verifying forward has no canvases where a repetition, found by lookup, is expected to go on behind all its drafts
    /// with at least this probability; 1 always has them.
    package var tauRepeat: Double
    /// The causal stream verifies drafts, and accepts one that is at least this share as probable as the token that it
    /// would write itself; 1 accepts that token only, 0 leaves all to the canvases: the parallel modes.
    package var tolerance: Double
    /// Drafts that end the text are accepted unverified if all of them together are at least this probable: what another
    /// forward would confirm costs one. 1 verifies them.
    package var tauClose: Double
    /// In the parallel modes a token leaves the canvas only if the causal stream finds it at least this share as probable as
    /// what it would write there itself, which is written otherwise; the first open cell is read by both streams. 0 leaves all
    /// to the canvases.
    package var tauVeto: Double
    /// Most output tokens, the end marker not counted.
    package var maxTokens = 256
    /// 0 is greedy.
    package var temperature = 0.0
    /// Under a constraint the parallel modes cut nothing down: it says what may be drawn.
    package var sampling = Sampling()
    package var seed: UInt64 = 0
    /// Most prompt tokens in one forward; the text does not depend on it.
    package var prefillChunk = 512
    package var maskToken: TokenID
    /// Stands behind the end marker in training; never written.
    package var padToken: TokenID?
    /// Each of these ends the text (EOS, EOM).
    package var endTokens: [TokenID]
    /// Never written.
    package var suppressedTokens: [TokenID] = []

    /// The defaults of a mode, for a machine on which about 25 rows cost no more than reading the weights once
    /// (design, section 5): lossless spends them on 1 + 7 clean rows and two canvases of 8.
    package init(_ mode: DecodingMode, maskToken: TokenID, padToken: TokenID? = nil, endTokens: [TokenID] = []) {
        let row = Self.defaults(mode)
        self.mode = mode
        drafting = mode == .autoregressive ? .none : .canvasAndLookup
        canvasLength = row.canvasLength
        window = .sliding
        gamma = row.gamma
        tauMin = row.tauMin
        tauEdit = row.tauEdit
        tauG = row.tauG
        tauEnd = row.tauEnd
        lag = row.lag
        settle = row.settle
        maxEditSteps = row.maxEditSteps
        tolerance = row.tolerance
        tauClose = row.tauClose
        tauVeto = mode == .quality ? 0.5 : 0
        repetitionGuard = row.tolerance == 0
        canvases = 2
        draftLength = 7
        draftFloor = 0.1
        draftAcceptance = 0.7
        tauRepeat = 0.3
        self.maskToken = maskToken
        self.padToken = padToken
        self.endTokens = endTokens
    }

    private typealias Row = (
        canvasLength: Int, gamma: Double, tauMin: Double, tauEdit: Double, tauG: Double, tauEnd: Double, lag: Int,
        settle: Int, maxEditSteps: Int, tolerance: Double, tauClose: Double
    )

    /// algorithms.md G5; `tauEnd`, `settle`, `tolerance` and `tauClose` are ours. Speed has its thresholds for networks that cannot
    /// verify.
    private static func defaults(_ mode: DecodingMode) -> Row {
        switch mode {
        case .quality: (16, 0.1, 0.6, 0.9, 0.3, 0.8, 4, 1, 4, 0, 1)
        case .speed: (16, 0.5, 0.4, 0.5, 0.2, 0.5, 0, 0, 2, 0.3, 0.9)
        case .lossless, .autoregressive: (8, 0.0, 0.0, 1.0, 0.0, 1.0, 0, 0, 0, 1, 1)
        }
    }

    /// Most corrections (edits) in one step, and most tokens that a revision round masks again.
    package var editsPerStep: Int { max(2, canvasLength / 4) }
    package var remasksPerRevision: Int { canvasLength / 4 }

    /// Whether the causal stream has the last word on every token.
    package var isVerified: Bool { tolerance > 0 }

    package func isEnd(_ token: TokenID) -> Bool { endTokens.contains(token) }
}

extension DecodingOptions {
    /// The limits of algorithms.md G5 that are no options.
    package enum Caps {
        /// Times that a position may be overwritten or masked again, together.
        package static let changes = 3
        /// Times that a position may be masked again.
        package static let remasks = 2
        /// A token that was taken away comes back only if its probability rose by more than this.
        package static let comeback = 0.1
        /// Rounds in which a complete canvas is partly masked again.
        package static let revisions = 2
    }
}
