import Common
import Evaluation
import Foundation
import Synchronization
import Testing

@Suite(.needsPython)
struct InfillingEvaluationTests {
    /// Tasks whose right filling is a number.
    private static func suite(_ count: Int = 12) throws -> InfillingSuite {
        try InfillingSuite(
            name: "numbers",
            tasks: (0..<count).map { number in
                InfillingTask(
                    taskID: "n/\(number)",
                    prompt: "def f():\n    return ",
                    suffix: "\n",
                    canonicalSolution: "\(number)",
                    test: "def check(f):\n    assert f() == \(number)\n",
                    entryPoint: "f"
                )
            }
        )
    }

    /// Writes the k-th of `texts` for the k-th call, and counts calls.
    private final class Script: InfillGenerator {
        let texts: [String]
        let calls = Mutex(0)
        let failure: (at: Int, error: CinnabarError)?

        init(_ texts: [String], failure: (Int, CinnabarError)? = nil) {
            self.texts = texts
            self.failure = failure
        }

        func infill(prefix: String, suffix: String, seed: UInt64) async throws -> GeneratedText {
            let call = calls.withLock { calls in
                defer { calls += 1 }
                return calls
            }
            if let failure, failure.at == call { throw failure.error }
            return GeneratedText(
                text: texts[call],
                tokens: 6,
                forwards: 2,
                prefillSeconds: 0.25,
                decodeSeconds: 0.5,
                firstTokenSeconds: Double(call),
                finishReason: call % 2 == 0 ? "stop" : "length"
            )
        }
    }

    @Test func sumsUpWhatModesDid() async throws {
        let suite = try Self.suite()
        let good = Script((0..<12).map { "\($0)" })
        // Right but not exact, right up to white space, wrong, no Python, and an early exit that must not count.
        let mixed = Script(
            ["(0)", "1 ", "7", "(", "__import__('os')._exit(0)"] + (5..<12).map { "\($0)" }
        )
        let report = try await InfillingEvaluation(
            suite: suite,
            modes: [
                InfillMode(name: "autoregressive", generator: good),
                InfillMode(name: "speed", settings: ["threshold": "0.9"], generator: mixed),
            ],
            model: "script"
        ).run()

        let (first, second) = (report.modes[0], report.modes[1])
        #expect(first.passAt1.successes == 12 && first.exact.successes == 12 && first.editSimilarity == 1)
        #expect(second.passAt1 == Rate(successes: 9, count: 12))
        #expect(second.exact.successes == 7)
        #expect(second.exactTrimmed.successes == 8)
        #expect(second.parse.successes == 11)
        #expect(second.outcomes == ["passed": 9, "assertion": 1, "syntax": 1, "exited": 1])
        #expect(second.finishReasons == ["stop": 6, "length": 6])
        #expect(second.tokensPerForward == 3)
        #expect(second.decodeTokensPerSecond == 12)
        #expect(second.endToEndTokensPerSecond == 8)
        #expect(second.firstToken?.mean == 5.5)
        let pair = report.comparisons[0]
        #expect(pair.counts == [9, 0, 3, 0])
        #expect(pair.difference == -0.25 && pair.low < -0.25 && pair.high <= 0)
        // Both modes are equally parallel: the area is that of the better one.
        #expect(report.accuracyUnderParallelism == 300)
        #expect(
            report.rows.map(\.mode) == Array(repeating: "autoregressive", count: 12)
                + Array(repeating: "speed", count: 12)
        )

        let table = report.table
        #expect(table.contains("autoregressive") && table.contains("100.0") && table.contains("75.0"))
        #expect(table.contains("speed - autoregressive"))
        #expect(report.chart().contains("</svg>") && report.chart(timed: true).contains("tokens per second"))
        try await withFolder { folder in
            let url = folder.appending(path: "report.json")
            try report.write(to: url)
            #expect(try EvaluationReport(contentsOf: url) == report)
        }
    }

    @Test func tooLongTasksFailAndOtherErrorsStop() async throws {
        let texts = (0..<12).map { "\($0)" }
        let long = Script(texts, failure: (4, CinnabarError(.contextLength, "too long")))
        let report = try await evaluation(long).run()
        #expect(report.modes[0].passAt1.successes == 11)
        #expect(report.rows[4].generated.finishReason == "context-length" && !report.rows[4].exact)
        let broken = Script(texts, failure: (4, CinnabarError(.resource, "no memory")))
        #expect(await errorCode { _ = try await evaluation(broken).run() } == .resource)
    }

    @Test func stoppedRunsGoOn() async throws {
        try await withFolder { folder in
            let log = folder.appending(path: "log.jsonl")
            let texts = (0..<12).map { $0 % 3 == 0 ? "\($0)" : "x" }
            let stopped = Script(texts, failure: (7, CinnabarError(.resource, "power cut")))
            #expect(await errorCode { _ = try await evaluation(stopped, log: log).run() } == .resource)
            // The power cut fell into a line.
            let handle = try FileHandle(forWritingTo: log)
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(#"{"mode":"m","task":"n/7","gen"#.utf8))
            try handle.close()
            let rest = Script(Array(texts[7...]))
            let report = try await evaluation(rest, log: log).run()
            #expect(rest.calls.withLock { $0 } == 5)
            #expect(report.rows.map(\.generated.text) == texts)
            #expect(report.modes[0].passAt1.successes == 4)
            // Nothing is left to generate, and the log is whole.
            let none = Script([])
            #expect(try await evaluation(none, log: log).run().rows == report.rows)
        }
    }

    @Test func logsOfOtherRunsAreRefused() async throws {
        try await withFolder { folder in
            let log = folder.appending(path: "log.jsonl")
            let texts = (0..<12).map { "\($0)" }
            _ = try await evaluation(Script(texts), log: log).run()
            var other = try evaluation(Script(texts), log: log)
            other.model = "another"
            #expect(await errorCode { _ = try await other.run() } == .invalidArgument)
            // A damaged line in the middle is not passed over.
            var lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
            lines[3] = lines[3].dropLast(4)
            try lines.joined(separator: "\n").appending("\n").write(to: log, atomically: true, encoding: .utf8)
            #expect(await errorCode { _ = try await evaluation(Script(texts), log: log).run() } == .malformed)
            let inFolder = folder.appending(path: "missing/log.jsonl")
            #expect(await errorCode { _ = try await evaluation(Script(texts), log: inFolder).run() } == .file)
        }
    }

    @Test func cancellationStopsBetweenTexts() async throws {
        try await withFolder { folder in
            let log = folder.appending(path: "log.jsonl")
            let suite = try Self.suite()
            let generator = ClosureGenerator { _, _, _ in
                GeneratedText(
                    text: "0",
                    tokens: 1,
                    forwards: 1,
                    prefillSeconds: 0,
                    decodeSeconds: 1,
                    finishReason: "stop"
                )
            }
            let evaluation = InfillingEvaluation(
                suite: suite,
                modes: [InfillMode(name: "m", generator: generator)],
                model: "m",
                log: log
            )
            let work = Task {
                try await evaluation.run { progress in
                    if progress.done == 3 { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }
            #expect(await errorCode { _ = try await work.value } == .cancelled)
            #expect(try String(contentsOf: log, encoding: .utf8).split(separator: "\n").count == 4)
        }
    }

    @Test func seedsDependOnTheTaskOnly() async throws {
        let seen = Mutex<[UInt64]>([])
        let generator = ClosureGenerator { _, _, seed in
            seen.withLock { $0.append(seed) }
            return GeneratedText(
                text: "",
                tokens: 0,
                forwards: 0,
                prefillSeconds: 0,
                decodeSeconds: 0,
                finishReason: "stop"
            )
        }
        let modes = ["a", "b"].map { InfillMode(name: $0, generator: generator) }
        let report = try await InfillingEvaluation(suite: Self.suite(5), modes: modes, model: "m", seed: 9).run()
        let seeds = seen.withLock { $0 }
        #expect(Array(seeds[..<5]) == Array(seeds[5...]) && Set(seeds).count == 5)
        // No forwards: no figure instead of a division by zero.
        #expect(report.modes[0].tokensPerForward == nil && report.accuracyUnderParallelism == nil)
        #expect(report.table.contains("-"))
    }

    @Test func modesNeedNames() async throws {
        let suite = try Self.suite(1)
        let mode = InfillMode(name: "m", generator: Script(["0", "0"]))
        for modes in [[], [mode, mode]] {
            let evaluation = InfillingEvaluation(suite: suite, modes: modes, model: "m")
            #expect(await errorCode { _ = try await evaluation.run() } == .invalidArgument)
        }
    }

    private func evaluation(_ generator: Script, log: URL? = nil) throws -> InfillingEvaluation {
        InfillingEvaluation(
            suite: try Self.suite(),
            modes: [InfillMode(name: "m", generator: generator)],
            model: "script",
            log: log
        )
    }
}
