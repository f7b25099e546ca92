import Cinnabar
import Common
import Evaluation
import Foundation
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
                model.network,
                mask: model.maskToken,
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
}
