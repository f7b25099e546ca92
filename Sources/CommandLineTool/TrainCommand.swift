import ArgumentParser
import Common
import Foundation
import Models
import Synchronization
import Tokenizers
import Training

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model on a prepared corpus.",
        discussion: """
            A run lives in a folder: its state is written every few minutes, all or nothing, and --resume continues it \
            exactly where it stood, also after a crash. --init starts a new run from a model's weights. The time \
            allowance is turned into a number of steps once, at the start; the clock decides nothing after that.
            """
    )

    @Argument(help: "The prepared corpus ('cinnabar corpus' makes one).")
    var corpus: String

    @Option(name: .customLong("run"), help: "The folder of the run.")
    var folder: String

    @Flag(help: "Continue the run in that folder.")
    var resume = false

    @Option(name: .customLong("init"), help: "A model folder to start from.")
    var initial: String?

    @Option(help: "Take the tokenizer of this model folder instead of learning one.")
    var tokenizer: String?

    @Option(help: "Minutes that the run may take.")
    var minutes = 60.0

    @Option(help: "Phases: scratch, trunk, branch (default with --init) or autoregressive (the twin).")
    var phases: String?

    @Option(help: "Shape of a new network, such as layers=8,hidden=256,ffn=704; the rest as in the default model.")
    var shape: String?

    @Option(help: "Clean tokens of one step.")
    var tokensPerStep = 8192

    @Option(help: "Last share of the steps over which learning rates fall; 0 if another leg is to follow.")
    var decay = 0.4

    @Option(help: "Seed of parameters, rows and noise.")
    var seed: UInt64 = 1

    @Option(help: "Learning rate of the matrices (Muon).")
    var muonRate: Float = 0.02

    @Option(help: "Learning rate of everything else (AdamW).")
    var adamRate: Float = 3e-3

    @Option(help: "Factor of the losses of canvases, beside 1 of the causal stream.")
    var canvasScale = 1.0

    @Option(help: "How matrices are updated: muon or adamw.")
    var matrices = "muon"

    @Option(help: "Threads; default all processors.")
    var threads: Int?

    @Option(help: "Seconds between checkpoints.")
    var checkpointSeconds = 180.0

    /// Refuses numbers that no run can have.
    private func checkNumbers() throws {
        guard minutes > 0, minutes <= 1e6 else {
            throw CinnabarError.usage("--minutes \(minutes) is no time", hint: "use minutes above 0, at most 1000000")
        }
        guard (1...1 << 24).contains(tokensPerStep) else {
            throw CinnabarError.usage("--tokens-per-step \(tokensPerStep)", hint: "use a number from 1 to 16777216")
        }
        guard (0...100).contains(canvasScale) else {
            throw CinnabarError.usage("--canvas-scale \(canvasScale)", hint: "use a number from 0 to 100")
        }
        guard checkpointSeconds >= 0 else {
            throw CinnabarError.usage("--checkpoint-seconds \(checkpointSeconds)", hint: "use 0 or more")
        }
        if let threads, !(1...1024).contains(threads) {
            throw CinnabarError.usage("--threads \(threads)", hint: "use a number from 1 to 1024")
        }
    }

    func run() throws {
        try checkNumbers()
        let model = try ShapeArgument.parse(shape)
        guard model.variant == NetworkVariant() else {
            throw CinnabarError.usage(
                "--shape '\(shape ?? "")' has experts, which are not trained",
                hint: "leave them out"
            )
        }
        let plans = [
            "scratch": TrainingPhase.fromScratch, "trunk": TrainingPhase.trunk, "branch": TrainingPhase.branch,
            "autoregressive": TrainingPhase.twin,
        ]
        let name = phases ?? (initial == nil ? "scratch" : "branch")
        guard let chosen = plans[name] else {
            throw CinnabarError(
                .invalidArgument,
                "--phases '\(name)' is unknown",
                hint: "use one of \(plans.keys.sorted().joined(separator: ", "))"
            )
        }
        let scaled = chosen.map { $0.scalingCanvases(by: canvasScale) }
        var options = TrainingOptions(model: model, phases: scaled, allowance: minutes * 60)
        options.tokensPerStep = tokensPerStep
        guard (0...1).contains(decay) else {
            throw CinnabarError(.invalidArgument, "--decay \(decay) is no share", hint: "use a number from 0 to 1")
        }
        options.decay = decay
        options.seed = seed
        options.optimiser.muonRate = muonRate
        options.optimiser.adamRate = adamRate
        guard let rule = OptimiserOptions.MatrixRule(rawValue: matrices) else {
            throw CinnabarError(.invalidArgument, "--matrices '\(matrices)' is unknown", hint: "use muon or adamw")
        }
        options.optimiser.matrices = rule
        let training = try TrainingRun(
            options: options,
            folder: URL(fileURLWithPath: folder),
            corpus: try Corpus(URL(fileURLWithPath: corpus)),
            tokenizer: try tokenizer.map { try Tokenizer(folder: URL(fileURLWithPath: $0)) },
            initial: try ModelPlace.find(initial),
            resume: resume,
            threads: threads ?? ProcessInfo.processInfo.activeProcessorCount
        )
        training.checkpointInterval = checkpointSeconds
        // Ctrl-C and TERM end the run after the present step, with a checkpoint.
        let stop = StopFlag()
        let interrupt = Interrupt { stop.raised.store(true, ordering: .relaxed) }
        defer { interrupt.stop() }
        try training.run { stop.raised.load(ordering: .relaxed) }
        print(training.folder.model.path)
        if !training.trainer.isFinished { throw ExitCode(130) }
    }
}

private final class StopFlag: Sendable {
    let raised = Atomic<Bool>(false)
}
