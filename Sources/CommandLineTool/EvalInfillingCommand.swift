import ArgumentParser
import Cinnabar
import Common
import Evaluation
import Foundation

struct EvalInfillingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "humaneval-infilling",
        abstract: "Fill holes in Python functions and run their tests.",
        discussion: """
            Single lines (1,033 tasks) or random spans (164) at unknown length: what the model writes up to its end \
            marker is taken as it is. Each program's tests run in a sandbox. The report is a table, a JSON file and a \
            quality-against-speed picture.
            """
    )

    enum Split: String, ExpressibleByArgument, CaseIterable {
        case singleLine = "single-line"
        case randomSpan = "random-span-light"
    }

    @Option(help: "Which part of it: single-line or random-span-light.")
    var split: Split = .singleLine

    @Option(help: "Folder with the evaluation data; default $CINNABAR_SHARED/evaldata or ../shared/evaldata.")
    var data: String?

    @Option(help: "A JSONL file of tasks of the same form instead of the set.")
    var tasks: String?

    @Option(
        help: "Modes, separated by commas; 'lookup' is autoregressive with prompt lookup, 'reference' the solutions."
    )
    var modes = "autoregressive,lossless,quality,speed"

    @Option(help: "Only every n-th task.")
    var every = 1

    @Option(help: "Folder for report.json, report.svg and the resumable log.")
    var output: String?

    @OptionGroup var model: ModelOptions

    func run() async throws {
        guard every >= 1 else { throw CinnabarError.usage("--every \(every) is not a positive number") }
        let name: InfillingSuite.Name = split == .singleLine ? .singleLine : .randomSpanLight
        var suite =
            try tasks.map { try InfillingSuite(contentsOf: URL(fileURLWithPath: $0)) }
            ?? InfillingSuite(name, folder: data.map { URL(fileURLWithPath: $0) })
        suite.tasks = suite.tasks.enumerated().filter { $0.offset % every == 0 }.map(\.element)
        let loaded = try model.load()
        let chosen = try modes.split(separator: ",").map { try infillMode(String($0), loaded, suite) }
        let folder = output.map { URL(fileURLWithPath: $0) }
        if let folder { try OutputFolder.make(folder) }
        let evaluation = InfillingEvaluation(
            suite: suite,
            modes: chosen,
            sandbox: Sandbox(),
            model: "\(loaded.folder.lastPathComponent) \(try loaded.fingerprint)",
            seed: model.sampling.seed,
            log: folder?.appendingPathComponent("log.jsonl")
        )
        let bar = ProgressBar("eval", total: nil, unit: "tasks")
        let task = Task {
            try await evaluation.run { progress in
                bar.update(progress.done, suffix: "of \(progress.total) \(progress.mode)")
            }
        }
        let interrupt = Interrupt { task.cancel() }
        defer { interrupt.stop() }
        let report: EvaluationReport
        do {
            report = try await task.value
        } catch is CancellationError {
            throw ExitCode(130)
        }
        bar.finish()
        print(report.table)
        if let folder {
            try report.write(to: folder.appendingPathComponent("report.json"))
            try AtomicFile.write(report.chart(timed: true), to: folder.appendingPathComponent("report.svg"))
        }
    }

    private func infillMode(_ name: String, _ loaded: Model, _ suite: InfillingSuite) throws -> InfillMode {
        var options = try model.generation()
        if name == "reference" {
            let solutions = Dictionary(
                suite.tasks.map { ("\($0.prompt)\u{0}\($0.suffix)", $0.canonicalSolution) },
                uniquingKeysWith: { a, _ in a }
            )
            return InfillMode(
                name: name,
                generator: ClosureGenerator { prefix, suffix, _ in
                    GeneratedText(
                        text: solutions["\(prefix)\u{0}\(suffix)"] ?? "",
                        tokens: 1,
                        forwards: 1,
                        prefillSeconds: 0,
                        decodeSeconds: 0,
                        finishReason: "stop"
                    )
                }
            )
        }
        if name == "lookup" {
            options.mode = .autoregressive
            options.promptLookup = true
        } else if let mode = Mode(rawValue: name) {
            options.mode = mode
        } else {
            throw CinnabarError.usage(
                "mode '\(name)' is unknown",
                hint: "use \(Mode.allCases.map(\.rawValue).joined(separator: ", ")), lookup or reference"
            )
        }
        return InfillMode(
            name: name,
            settings: [
                "decoding": try loaded.infillSettings(options), "precision": loaded.precision.rawValue,
                "kernels": loaded.instructionSet,
            ],
            generator: ModelGenerator(model: loaded, options: options)
        )
    }
}

/// A model as the evaluation sees it.
private struct ModelGenerator: InfillGenerator {
    let model: Model
    let options: GenerationOptions

    func infill(prefix: String, suffix: String, seed: UInt64) async throws -> GeneratedText {
        var options = options
        options.seed = seed
        let result = try await model.infill(prefix: prefix, suffix: suffix, options: options).result()
        try Task.checkCancellation()
        return GeneratedText(
            text: result.text,
            tokens: result.tokens,
            forwards: result.forwards,
            prefillSeconds: result.prefillSeconds,
            decodeSeconds: result.decodeSeconds,
            // The call that ends the prefill writes the first token.
            firstTokenSeconds: result.tokens > 0 ? result.prefillSeconds : nil,
            finishReason: result.finishReason.rawValue
        )
    }
}
