import Common
package import Foundation

/// Runs modes of a model on an infilling suite: generates a text for each task and mode, then runs all programs.
///
/// The generated text is used as it is: its length is not known beforehand, nothing is cut at a newline, nothing is
/// compared with the suffix.
package struct InfillingEvaluation: Sendable {
    package var suite: InfillingSuite
    package var modes: [InfillMode]
    package var sandbox: Sandbox
    /// What the report calls the model.
    package var model: String
    package var seed: UInt64
    /// Where generated texts are kept, to go on after a stop; nil keeps none.
    package var log: URL?

    package init(
        suite: InfillingSuite,
        modes: [InfillMode],
        sandbox: Sandbox = Sandbox(),
        model: String,
        seed: UInt64 = 0,
        log: URL? = nil
    ) {
        self.suite = suite
        self.modes = modes
        self.sandbox = sandbox
        self.model = model
        self.seed = seed
        self.log = log
    }

    /// How far a run is.
    package struct Progress: Sendable {
        package enum Phase: Sendable { case generating, executing }

        package var phase: Phase
        /// Texts or programs, over all modes.
        package var done: Int
        package var total: Int
        /// The mode that is generating; empty while executing.
        package var mode: String
    }

    /// Generates, executes, and sums up. Stops between two texts or programs when the task is cancelled.
    ///
    /// - Parameter progress: called from any thread, never two at a time.
    /// - Throws: what the generator throws (but `contextLength`, see `InfillGenerator`), `cancelled`, and the errors of
    ///   `Sandbox.run` and of the log.
    package func run(progress: @escaping @Sendable (Progress) -> Void = { _ in }) async throws -> EvaluationReport {
        guard !modes.isEmpty, Set(modes.map(\.name)).count == modes.count else {
            throw CinnabarError(
                .invalidArgument,
                "an evaluation needs at least one mode, and different names: \(modes.map(\.name))"
            )
        }
        // Before hours of generating: is there a Python to judge the texts?
        _ = try sandbox.probe()
        let generated = try await generate(progress)
        let programs = generated.flatMap { texts in
            zip(suite.tasks, texts).map { task, text in task.program(filling: text.text) }
        }
        let run = try await execute(programs, progress)
        var results = run.results[...]
        let rows = zip(modes, generated).map { mode, texts in
            defer { results = results.dropFirst(texts.count) }
            return zip(suite.tasks, zip(texts, results)).map { task, pair in
                TaskRow(mode: mode.name, task: task, generated: pair.0, result: pair.1)
            }
        }
        return try EvaluationReport(
            suite: suite.name,
            model: model,
            seed: seed,
            limits: sandbox.limits,
            isolation: run.isolation,
            programsPerSecond: run.seconds > 0 ? Double(programs.count) / run.seconds : 0,
            modes: zip(modes, rows).map { ($0.name, $0.settings, $1) }
        )
    }

    /// The texts of each mode, in the order of the tasks.
    private func generate(_ progress: @Sendable (Progress) -> Void) async throws -> [[GeneratedText]] {
        let header = GenerationLog.Header(
            suite: suite.name,
            tasks: suite.tasks.count,
            model: model,
            seed: seed,
            modes: Dictionary(uniqueKeysWithValues: modes.map { ($0.name, $0.settings) })
        )
        let log = try log.map { try GenerationLog(url: $0, header: header) }
        let total = modes.count * suite.tasks.count
        var done = 0
        var all: [[GeneratedText]] = []
        for mode in modes {
            var texts: [GeneratedText] = []
            for (index, task) in suite.tasks.enumerated() {
                if Task.isCancelled {
                    throw CinnabarError(
                        .cancelled,
                        "the evaluation was cancelled after \(done) of \(total) texts",
                        hint: self.log.map { "start it again with \($0.path) to go on" }
                    )
                }
                if let known = log?.found[.init(mode: mode.name, task: task.taskID)] {
                    texts.append(known)
                } else {
                    let text = try await Self.infill(
                        task,
                        mode,
                        seed: SplitMix64.stream(seed: seed, UInt64(index)).state
                    )
                    try log?.append(mode: mode.name, task: task.taskID, text)
                    texts.append(text)
                }
                done += 1
                progress(Progress(phase: .generating, done: done, total: total, mode: mode.name))
            }
            all.append(texts)
        }
        return all
    }

    private static func infill(_ task: InfillingTask, _ mode: InfillMode, seed: UInt64) async throws -> GeneratedText {
        do {
            return try await mode.generator.infill(prefix: task.prompt, suffix: task.suffix, seed: seed)
        } catch let error as CinnabarError where error.code == .contextLength {
            return GeneratedText(
                text: "",
                tokens: 0,
                forwards: 0,
                prefillSeconds: 0,
                decodeSeconds: 0,
                finishReason: CinnabarError.Code.contextLength.description
            )
        }
    }

    /// Runs the programs on threads of their own, so that the caller's stays free.
    private func execute(
        _ programs: [SandboxProgram],
        _ progress: @escaping @Sendable (Progress) -> Void
    ) async throws -> Sandbox.Run {
        let stop = CancellationFlag()
        let sandbox = sandbox
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(
                        with: Result {
                            try sandbox.run(
                                programs,
                                progress: {
                                    progress(Progress(phase: .executing, done: $0, total: programs.count, mode: ""))
                                },
                                isCancelled: { stop.isSet }
                            )
                        }
                    )
                }
            }
        } onCancel: {
            stop.set()
        }
    }
}
