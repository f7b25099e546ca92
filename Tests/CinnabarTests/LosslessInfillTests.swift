import Cinnabar
import Common
import Foundation
import TestSupport
import Testing

/// Lossless text equals autoregressive text, token for token, on real prompts (design.md §6.3).
@Suite struct LosslessInfillTests {
    private struct Task: Decodable { let prompt, suffix: String }

    private static func tasks() throws -> [Task] {
        let file = try SharedData.file("evaldata/humaneval-infilling/HumanEval-SingleLineInfilling.jsonl.gz")
        let decoder = JSONDecoder()
        return try Gzip.decompress(file).split(separator: UInt8(ascii: "\n")).map {
            try decoder.decode(Task.self, from: $0)
        }
    }

    @Test(
        .enabled(if: SharedData.folder != nil, "needs the evaluation data: set CINNABAR_SHARED to its folder"),
        arguments: [0, 0.8]
    )
    func equalsAutoregressiveOnAllSingleLinePrompts(temperature: Double) async throws {
        let model = try Model()
        let tasks = try Self.tasks()
        #expect(tasks.count == 1033)
        var different: [Int] = []
        for (index, task) in tasks.enumerated() {
            var options = GenerationOptions(
                mode: .autoregressive,
                maxTokens: 48,
                temperature: temperature,
                seed: UInt64(index)
            )
            let expected = try await model.infill(prefix: task.prompt, suffix: task.suffix, options: options).result()
            options.mode = .lossless
            let found = try await model.infill(prefix: task.prompt, suffix: task.suffix, options: options).result()
            if found.text != expected.text || found.tokens != expected.tokens { different.append(index) }
        }
        #expect(different.isEmpty, "tasks \(different.prefix(10))")
    }
}
