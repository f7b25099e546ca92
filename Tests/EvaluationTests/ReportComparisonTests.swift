import Cinnabar
import Common
import Evaluation
import Foundation
import Kernels
import Models
import Testing

@Suite(.needsPython)
struct ReportComparisonTests {
    /// A report of one mode in which the tasks numbered in `right` pass.
    private func report(_ model: String, _ tasks: Range<Int>, right: Set<Int>, seconds: Double) async throws
        -> EvaluationReport
    {
        let suite = try InfillingSuite(
            name: "numbers",
            tasks: tasks.map { number in
                InfillingTask(
                    taskID: "n/\(number)",
                    prompt: "def f():  # \(number)\n    return ",
                    suffix: "\n",
                    canonicalSolution: "\(number)",
                    test: "def check(f):\n    assert f() == \(number)\n",
                    entryPoint: "f"
                )
            }
        )
        let generator = ClosureGenerator { prefix, _, _ in
            let number = Int(prefix.split(separator: "# ")[1].prefix { $0.isNumber }) ?? -1
            return GeneratedText(
                text: right.contains(number) ? "\(number)" : "None",
                tokens: 4,
                forwards: 2,
                prefillSeconds: 0,
                decodeSeconds: seconds,
                finishReason: "stop"
            )
        }
        return try await InfillingEvaluation(
            suite: suite,
            modes: [InfillMode(name: "speed", generator: generator)],
            model: model
        ).run()
    }

    @Test func pairsTasksAndSpeeds() async throws {
        let a = try await report("a", 0..<6, right: [0, 1, 2], seconds: 0.5)
        let b = try await report("b", 0..<6, right: [2, 3], seconds: 1)
        let comparison = try EvaluationReport.compare(
            ReportedMode(a, mode: "speed"),
            ReportedMode(b, mode: "speed")
        )
        #expect(comparison.passes.counts == [1, 2, 1, 2])
        #expect(comparison.table.contains("ratio 2.00"))
    }

    @Test func otherTasksAndUnknownModesAreRefused() async throws {
        let a = try await report("a", 0..<3, right: [], seconds: 1)
        let b = try await report("b", 1..<4, right: [], seconds: 1)
        #expect(throws: CinnabarError.self) { try ReportedMode(a, mode: "lossless") }
        #expect(throws: CinnabarError.self) {
            try EvaluationReport.compare(ReportedMode(a, mode: "speed"), ReportedMode(b, mode: "speed"))
        }
    }
}

/// What `bench` says, not how fast it is.
@Suite struct ForwardTimesTests {
    @Test func breakEvenNeedsOneRow() throws {
        let model = try Model()
        func measure(_ rows: [Int], context: Int = 8) throws -> [ForwardTimes.Row] {
            try ForwardTimes.measure(
                BenchNetwork(model),
                context: context,
                rows: rows,
                repetitions: 2
            ).rows
        }
        let rows = try measure([4, 1])
        #expect(rows.map(\.rows) == [4, 1] && rows[1].breakEven == 1 && rows[0].breakEven == rows[0].ms / rows[1].ms)
        #expect(try measure([4])[0].breakEven == nil)
        #expect(throws: CinnabarError.self) { try measure([4], context: model.contextLength) }
    }

    /// The nearer of the two ceilings counts.
    @Test func peakIsTheNearerCeiling() throws {
        var times = try ForwardTimes.measure(BenchNetwork(Model()), context: 8, rows: [1, 4], repetitions: 1)
        times.rows[0].gops = 100
        times.rows[0].gbps = 30
        times.rows[1].gops = 400
        times.rows[1].gbps = 10
        times.relate(to: Ceilings(gops: 1000, gbps: 40), weightBytes: 1 << 30)
        #expect(times.rows.map(\.percentOfPeak) == [75, 40])
        // In a cache nothing is read from memory.
        times.relate(to: Ceilings(gops: 1000, gbps: 40), weightBytes: 1 << 20)
        #expect(times.rows.map(\.percentOfPeak) == [10, 40])
    }

    @Test func ceilingsAreMeasured() {
        let ceilings = Ceilings.measure(.int8, threads: 1)
        #expect(ceilings.gops > 0 && ceilings.gbps > 0)
    }

    /// A shape with random weights runs in every format, and a forced text takes as many forwards as it must.
    @Test(arguments: Model.Precision.allCases)
    func shapesRun(precision: Model.Precision) throws {
        let shape = ModelConfiguration(
            vocabularySize: 101,
            hiddenSize: 36,
            layers: 2,
            heads: 4,
            keyValueHeads: 2,
            headDimension: 10,
            feedForwardSize: 50,
            contextLength: 64
        )
        let subject = try BenchNetwork(shape: shape, precision: precision, threads: 2)
        func generate(_ tokens: Int, at once: Int) throws -> ForcedGeneration {
            try ForcedGeneration.measure(
                subject,
                context: 8,
                tokens: tokens,
                tokensPerForward: once,
                canvas: 5,
                repetitions: 1
            )
        }
        #expect(try generate(20, at: 8).forwards == 3)
        #expect(try generate(20, at: 1).forwards == 20)
        #expect(throws: CinnabarError.self) { try generate(52, at: 8) }
    }
}
