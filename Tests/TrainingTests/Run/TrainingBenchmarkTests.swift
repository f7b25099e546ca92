import Foundation
import Testing
import Training

@Suite struct TrainingBenchmarkTests {
    private struct Line: Decodable {
        struct Canvas: Decodable {
            let start: Int
            let tokens, targets: [Int32]
            let roles: [UInt8]
        }

        let phase: String?
        let step: Int?
        let tokens: [Int32]?
        let canvases: [Canvas]?
    }

    private func run() throws -> (results: [TrainingBenchmark.Measurement], lines: [Data]) {
        let benchmark = TrainingBenchmark(
            options: TrainerTests.options,
            parameters: ParameterInitialisation.random(TrainerTests.options.model, seed: 1),
            source: TrainerTests.source,
            vocabulary: TrainerTests.vocabulary,
            threads: 2
        )
        var lines: [Data] = []
        return (try benchmark.run(steps: 2, warmUp: 1) { lines.append($0) }, lines)
    }

    /// The dump holds the rows that were trained on, all steps of all phases, and every call takes the same ones.
    @Test func dumpsTheRowsOfAllSteps() throws {
        let (results, lines) = try run()
        #expect(results.map(\.phase) == ["ar", "main", "correct"])
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let parsed = try lines.map { try decoder.decode(Line.self, from: $0) }
        #expect(parsed.compactMap(\.phase) == results.map(\.phase))
        #expect(parsed.count == 3 * (1 + 3 * 8), "1,024 tokens a step are eight rows of 128")
        let clean = results.flatMap(\.cleanTokens).reduce(0, +)
        let canvas = results.flatMap(\.canvasTokens).reduce(0, +)
        let timed = parsed.filter { ($0.step ?? 0) >= 1 }
        #expect(timed.reduce(0) { $0 + ($1.tokens?.count ?? 0) } == clean)
        #expect(timed.flatMap { $0.canvases ?? [] }.reduce(0) { $0 + $1.tokens.count } == canvas)
        #expect(canvas > 0)
        let again = try run()
        #expect(again.lines == lines)
        #expect(again.results.map(\.firstLosses) == results.map(\.firstLosses))
        #expect(again.results.map(\.firstGradientNorm) == results.map(\.firstGradientNorm))
    }

    @Test func measuresEachPhaseFromTheSameWeights() throws {
        let results = try run().results
        for result in results {
            #expect(result.stepSeconds.count == 2)
            #expect(result.tokensPerSecond > 0)
            #expect(zip(result.rowSeconds, result.stepSeconds).allSatisfy { $0 < $1 })
            let next = try #require(result.firstLosses["next"])
            #expect(abs(next - log(264)) < 0.5, "random weights know nothing")
        }
        #expect(results[0].firstLosses["masked"] == nil)
        #expect(results[1].firstLosses["masked"] != nil)
    }
}
