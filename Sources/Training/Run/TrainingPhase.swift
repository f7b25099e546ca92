/// How much each part of the loss counts (algorithms.md G2). Each part is a mean over its own tokens of the step.
package struct LossWeights: Codable, Sendable, Hashable {
    /// Next-token cross-entropy on the clean stream.
    package var next = 1.0
    /// Masked canvas tokens.
    package var masked = 0.0
    /// Wrong canvas tokens.
    package var replaced = 0.0
    /// Right canvas tokens: small, since copying must not drown the rest.
    package var visible = 0.0
    /// The error detector, balanced over right and wrong tokens.
    package var detector = 0.0
    /// Masked canvas tokens in view of the token before.
    package var transition = 0.0
    /// Entropy of right masked predictions (certainty term of the last phase).
    package var sharpen = 0.0

    package init(
        next: Double = 1,
        masked: Double = 0,
        replaced: Double = 0,
        visible: Double = 0,
        detector: Double = 0,
        transition: Double = 0,
        sharpen: Double = 0
    ) {
        self.next = next
        self.masked = masked
        self.replaced = replaced
        self.visible = visible
        self.detector = detector
        self.transition = transition
        self.sharpen = sharpen
    }

    func callAsFunction(_ supervision: Supervision) -> Double {
        switch supervision {
        case .next: next
        case .masked: masked
        case .replaced: replaced
        case .visible: visible
        case .transition: transition
        }
    }
}

/// A stretch of training with one kind of rows and one set of loss weights.
package struct TrainingPhase: Codable, Sendable, Hashable {
    package var name: String
    /// Share of the allowance, in compute.
    package var share: Double
    package var rowLength: Int
    /// Canvas lengths and their shares; empty means no canvases.
    package var canvasLengths: [Int: Double] = [:]
    /// Canvas tokens per clean token.
    package var canvasShare = 0.0
    /// The noise level grows from 0 to 1 over the phase (noise warm-up) instead of following the bell.
    package var noiseWarmUp = false
    /// Share of rows whose masks are filled with the model's own predictions before training on them.
    package var onPolicy = 0.0
    /// Share of fill-in-the-middle examples whose middle the network has written itself.
    package var ownMiddles = 0.0
    /// Canvases practise drafting (``CanvasOptions/practiseDrafts()``).
    package var drafts = false
    package var weights: LossWeights

    package init(
        name: String,
        share: Double,
        rowLength: Int,
        canvasLengths: [Int: Double] = [:],
        canvasShare: Double = 0,
        noiseWarmUp: Bool = false,
        onPolicy: Double = 0,
        ownMiddles: Double = 0,
        weights: LossWeights
    ) {
        self.name = name
        self.share = share
        self.rowLength = rowLength
        self.canvasLengths = canvasLengths
        self.canvasShare = canvasShare
        self.noiseWarmUp = noiseWarmUp
        self.onPolicy = onPolicy
        self.ownMiddles = ownMiddles
        self.weights = weights
    }

    /// The phase with the losses of canvases multiplied.
    package func scalingCanvases(by factor: Double) -> TrainingPhase {
        var phase = self
        for part in [
            \LossWeights.masked, \LossWeights.replaced, \LossWeights.visible, \LossWeights.detector,
            \LossWeights.transition, \LossWeights.sharpen,
        ] { phase.weights[keyPath: part] *= factor }
        return phase
    }

    private static func autoregressive(_ share: Double) -> TrainingPhase {
        TrainingPhase(name: "ar", share: share, rowLength: 512, weights: LossWeights())
    }

    /// Both streams. Canvases, alone and in view of the token before, count 0.4 together: at equal weight the causal stream
    /// lost half a nat in 800 steps (docs/lab-log.md), against algorithms.md G2.
    private static func main(_ share: Double, lengths: [Int: Double] = [8: 0.5, 16: 0.5]) -> TrainingPhase {
        TrainingPhase(
            name: "main",
            share: share,
            rowLength: 512,
            canvasLengths: lengths,
            canvasShare: 0.5,
            weights: LossWeights(masked: 0.2, replaced: 0.1, visible: 0.01, detector: 0.05, transition: 0.2)
        )
    }

    /// Mostly next tokens, with just enough canvases that the canvas stream keeps what it knows while the causal stream,
    /// which it is distilled from later, gets better.
    private static func keep(_ share: Double) -> TrainingPhase {
        var phase = main(share, lengths: [8: 1])
        (phase.name, phase.canvasShare, phase.drafts) = ("keep", 0.15, true)
        (phase.weights.masked, phase.weights.transition) = (0.15, 0.15)
        return phase
    }

    /// Long rows: canvases learn what the causal stream of the same weights says, with the network's own guesses among the
    /// visible tokens. Middles of its own teach the causal stream nothing, and canvases cost it tokens: of both as few as
    /// drafts need.
    private static func distil(_ share: Double) -> TrainingPhase {
        var phase = main(share, lengths: [8: 0.7, 16: 0.3])
        (phase.name, phase.rowLength) = ("distil", 1024)
        (phase.onPolicy, phase.ownMiddles, phase.canvasShare, phase.drafts) = (0.1, 0.3, 0.35, true)
        phase.weights.replaced = 0.15
        return phase
    }

    /// Long rows, and canvases learn to be certain of what is right.
    private static func sharpen(_ share: Double) -> TrainingPhase {
        var phase = main(share, lengths: [8: 0.7, 16: 0.3])
        (phase.name, phase.rowLength) = ("sharpen", 1024)
        (phase.ownMiddles, phase.canvasShare, phase.drafts) = (0.3, 0.35, true)
        phase.weights.sharpen = 0.15
        return phase
    }

    /// AR first, then small canvases, larger ones, correction, sharpening (algorithms.md G3; the joint phases get most
    /// of the allowance since a canvas stream that starts late learns little).
    package static let fromScratch: [TrainingPhase] = [
        autoregressive(0.25),
        TrainingPhase(
            name: "warm",
            share: 0.10,
            rowLength: 512,
            canvasLengths: [4: 0.6, 8: 0.4],
            canvasShare: 0.5,
            noiseWarmUp: true,
            weights: LossWeights(masked: 0.2, visible: 0.01, detector: 0.05, transition: 0.2)
        ),
        main(0.45, lengths: [4: 0.2, 8: 0.4, 16: 0.4]),
        distil(0.15),
        sharpen(0.05),
    ]

    /// The long part of a training in legs: many tokens by AR, then both streams. Run it without decay.
    package static let trunk: [TrainingPhase] = [
        autoregressive(0.4),
        main(0.6, lengths: [4: 0.1, 8: 0.45, 16: 0.45]),
    ]

    /// The end of a training in legs, or a leg from weights which know both streams.
    package static let branch: [TrainingPhase] = [keep(0.6), distil(0.28), sharpen(0.12)]

    /// The AR twin: the same allowance without canvases.
    package static let twin: [TrainingPhase] = [
        autoregressive(0.8),
        TrainingPhase(name: "long", share: 0.2, rowLength: 1024, weights: LossWeights()),
    ]
}
