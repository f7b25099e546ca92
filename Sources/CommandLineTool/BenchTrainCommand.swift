import ArgumentParser
import Checkpoints
import Cinnabar
import Common
import Foundation
import Models
import Tokenizers
import Training

struct BenchTrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-train",
        abstract: "Measure the speed of training.",
        discussion: """
            Trains a few steps of each phase from the weights of a model, keeps nothing, and prints what a step took. \
            Every call takes the same rows; --dump writes them down, so that another program can train on them.
            """
    )

    @Argument(help: "The prepared corpus ('cinnabar corpus' makes one).")
    var corpus: String

    @Option(help: "A model folder: shape, weights, tokenizer. Default the model that ships with the program.")
    var model: String?

    @Option(help: "Phases of a training from scratch, by name: ar, warm, main, distil, sharpen.")
    var phases = "ar,main"

    @Option(help: "Timed steps of each phase.")
    var steps = 5

    @Option(help: "Steps before them that are not timed.")
    var warmUp = 1

    @Option(help: "Clean tokens of one step.")
    var tokensPerStep = 8192

    @Option(help: "Seed of the rows.")
    var seed: UInt64 = 1

    @Option(help: "How matrices are updated: muon or adamw.")
    var matrices = OptimiserOptions.MatrixRule.muon

    @Option(help: "Threads; default all processors.")
    var threads: Int?

    @Option(help: "Write the rows of all steps to this file, as JSON lines.")
    var dump: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard steps >= 1, warmUp >= 0 else { throw ValidationError("--steps is at least 1, --warm-up at least 0") }
        guard tokensPerStep >= 1 else { throw ValidationError("--tokens-per-step is at least 1") }
        guard threads.map({ $0 >= 1 }) ?? true else { throw ValidationError("--threads is at least 1") }
    }

    func run() throws {
        let chosen = try phases.split(separator: ",").map { name in
            guard let phase = TrainingPhase.fromScratch.first(where: { $0.name == name }) else {
                throw CinnabarError(.invalidArgument, "no phase is called '\(name)'", hint: "see --help")
            }
            return phase
        }
        let folder = try ModelPlace.find(model) ?? Model().folder
        let (shape, parameters) = try NativeCheckpoint.read(ModelFolder(folder))
        var options = TrainingOptions(model: shape, phases: chosen, allowance: 0)
        options.tokensPerStep = tokensPerStep
        options.seed = seed
        options.optimiser.matrices = matrices
        let benchmark = try TrainingBenchmark(
            options: options,
            parameters: parameters,
            corpus: Corpus(URL(fileURLWithPath: corpus)),
            tokenizer: Tokenizer(folder: folder),
            threads: threads ?? ProcessInfo.processInfo.activeProcessorCount
        )
        var lines: [Data] = []
        let results = try benchmark.run(
            steps: steps,
            warmUp: warmUp,
            dump: dump == nil ? nil : { lines.append($0) }
        )
        if let dump { try AtomicFile.write(lines, to: URL(fileURLWithPath: dump)) }
        try show(results)
    }

    private func show(_ results: [TrainingBenchmark.Measurement]) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            print(String(decoding: try encoder.encode(results), as: UTF8.self))
            return
        }
        for result in results {
            print(
                String(
                    format: "%@  %.3f s a step (median of %d), %.0f clean tokens/s",
                    result.phase,
                    result.medianStepSeconds,
                    result.stepSeconds.count,
                    result.tokensPerSecond
                )
            )
        }
    }
}

extension OptimiserOptions.MatrixRule: ExpressibleByArgument {}
