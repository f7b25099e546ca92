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
    /// Entropy of right masked predictions (certainty term of the last phase).
    package var sharpen = 0.0

    package init(
        next: Double = 1,
        masked: Double = 0,
        replaced: Double = 0,
        visible: Double = 0,
        detector: Double = 0,
        sharpen: Double = 0
    ) {
        self.next = next
        self.masked = masked
        self.replaced = replaced
        self.visible = visible
        self.detector = detector
        self.sharpen = sharpen
    }

    func callAsFunction(_ supervision: Supervision) -> Double {
        switch supervision {
        case .next: next
        case .masked: masked
        case .replaced: replaced
        case .visible: visible
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

    /// Both streams at full weight.
    private static func main(_ share: Double, lengths: [Int: Double]) -> TrainingPhase {
        TrainingPhase(
            name: "main",
            share: share,
            rowLength: 512,
            canvasLengths: lengths,
            canvasShare: 0.5,
            weights: LossWeights(masked: 1, replaced: 0.5, visible: 0.03, detector: 0.1)
        )
    }

    /// Long rows, half of them filled with the model's own guesses.
    private static func correct(_ share: Double) -> TrainingPhase {
        TrainingPhase(
            name: "correct",
            share: share,
            rowLength: 1024,
            canvasLengths: [8: 0.4, 16: 0.6],
            canvasShare: 0.5,
            onPolicy: 0.5,
            weights: LossWeights(masked: 1, replaced: 1, visible: 0.03, detector: 0.1)
        )
    }

    /// Long rows with the certainty term.
    private static func sharpen(_ share: Double) -> TrainingPhase {
        TrainingPhase(
            name: "sharpen",
            share: share,
            rowLength: 1024,
            canvasLengths: [8: 0.4, 16: 0.6],
            canvasShare: 0.5,
            weights: LossWeights(masked: 1, replaced: 0.5, visible: 0.03, detector: 0.1, sharpen: 0.5)
        )
    }

    /// AR first, then small canvases, larger ones, correction, sharpening (algorithms.md G3; the joint phases get most
    /// of the allowance since a canvas stream that starts late learns little).
    package static let fromScratch: [TrainingPhase] = [
        TrainingPhase(name: "ar", share: 0.25, rowLength: 512, weights: LossWeights()),
        TrainingPhase(
            name: "warm",
            share: 0.10,
            rowLength: 512,
            canvasLengths: [4: 0.6, 8: 0.4],
            canvasShare: 0.5,
            noiseWarmUp: true,
            weights: LossWeights(masked: 0.5, visible: 0.02, detector: 0.05)
        ),
        main(0.45, lengths: [4: 0.2, 8: 0.4, 16: 0.4]),
        correct(0.15),
        sharpen(0.05),
    ]

    /// The long part of a training in legs: most tokens by AR, then both streams. Run it without decay.
    package static let trunk: [TrainingPhase] = [
        TrainingPhase(name: "ar", share: 0.4, rowLength: 512, weights: LossWeights()),
        main(0.6, lengths: [4: 0.1, 8: 0.45, 16: 0.45]),
    ]

    /// The end of a training in legs: both streams, then canvases learn what the causal stream of the same weights says,
    /// with the network's own guesses among the visible tokens, and at last to be certain of it.
    ///
    /// Canvases count a third: at equal weight they cost the causal stream half a nat (docs/lab-log.md).
    package static let branch: [TrainingPhase] = [
        TrainingPhase(
            name: "main",
            share: 0.35,
            rowLength: 512,
            canvasLengths: [8: 0.5, 16: 0.5],
            canvasShare: 0.5,
            weights: LossWeights(masked: 0.35, replaced: 0.1, visible: 0.01, detector: 0.05)
        ),
        TrainingPhase(
            name: "distil",
            share: 0.4,
            rowLength: 1024,
            canvasLengths: [8: 0.5, 16: 0.5],
            canvasShare: 0.5,
            onPolicy: 0.2,
            ownMiddles: 0.75,
            weights: LossWeights(masked: 0.35, replaced: 0.15, visible: 0.01, detector: 0.05)
        ),
        TrainingPhase(
            name: "sharpen",
            share: 0.25,
            rowLength: 1024,
            canvasLengths: [8: 0.5, 16: 0.5],
            canvasShare: 0.5,
            ownMiddles: 0.75,
            weights: LossWeights(masked: 0.35, replaced: 0.1, visible: 0.01, detector: 0.05, sharpen: 0.15)
        ),
    ]

    /// For a leg that starts from weights which know both streams.
    package static let continued: [TrainingPhase] = [
        main(0.70, lengths: [4: 0.2, 8: 0.3, 16: 0.5]),
        correct(0.22),
        sharpen(0.08),
    ]

    /// The AR twin: the same allowance without canvases.
    package static let autoregressive: [TrainingPhase] = [
        TrainingPhase(name: "ar", share: 0.8, rowLength: 512, weights: LossWeights()),
        TrainingPhase(name: "long", share: 0.2, rowLength: 1024, weights: LossWeights()),
    ]
}
