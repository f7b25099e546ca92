import Cinnabar
import Common
import Diffusion
import Foundation
import Models
import Testing

/// Checkpoints with random weights whose configuration says that they edit, insert and delete.
@Suite struct FamilyLengthTests {
    private func withModel(
        _ name: String,
        _ further: [String: Int],
        _ body: (Model) async throws -> Void
    ) async throws {
        let family = try #require(Family.all.first { $0.name == name })
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("length-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try FamilyModelTests.write(family, to: url, further: further, scale: 1.5)
        try await body(Model(folder: url, threads: 2))
    }

    private func trace(_ session: Session) async throws -> Trace {
        _ = try await session.result()
        return try Trace(jsonLines: Data(try await session.trace().utf8))
    }

    @Test("LLaDA2.1 edits where it is asked to, and only then")
    func editing() async throws {
        try await withModel("LLaDA2", ["block_size": 8]) { model in
            func edits(_ mode: Mode, _ editing: Bool) async throws -> Int {
                var count = 0
                for seed in 0..<4 {
                    let options = GenerationOptions(mode: mode, maxTokens: 24, editing: editing)
                    let steps = try await trace(try model.generate("def f\(seed)(x):", options: options)).steps
                    count += steps.reduce(0) { $0 + $1.edited.count }
                    #expect(steps.allSatisfy { $0.deleted == nil && $0.inserted == nil })
                }
                return count
            }
            let plain = (try await edits(.quality, false), try await edits(.speed, false))
            #expect(plain == (0, 0))
            // Speed replaces by any better token, quality by one of more than a half.
            let asked = try await edits(.speed, true)
            #expect(asked > 0)
        }
        try await withModel("Dream", [:]) { model in
            #expect(throws: CinnabarError.self) {
                try model.generate("x", options: .init(mode: .quality, editing: true))
            }
        }
        try await withModel("Qwen3", [:]) { model in
            #expect(throws: CinnabarError.self) {
                try model.generate("x", options: .init(mode: .autoregressive, editing: true))
            }
        }
    }

    @Test("LLaDA2.2 rewrites its blocks, and its text replays")
    func rewriting() async throws {
        let further = ["block_size": 8, "expert_capacity": 4, "delete_token_id": 20, "split_token_id": 21]
        try await withModel("LLaDA2", further) { model in
            for mode in [Mode.quality, .speed] {
                let session = try model.generate("def f(x):\n    return", options: .init(mode: mode, maxTokens: 24))
                let result = try await session.result()
                #expect(result.finishReason != .cancelled)
                // Four blocks at most, each of 8 + 16 + 1 forwards.
                #expect(result.forwards <= 4 * 25 && result.tokens <= 24)
                let recorded = try await trace(session)
                #expect(recorded.steps.contains { !$0.edited.isEmpty })
                #expect(!recorded.steps.contains { !Set($0.committed).isDisjoint(with: [4, 20, 21]) })
                #expect(try await model.replay(trace: session.trace()) == result.text)
            }
        }
        // Half of it is said.
        await #expect(throws: CinnabarError.self) {
            try await withModel("LLaDA2", ["block_size": 8, "split_token_id": 21]) { _ in }
        }
        await #expect(throws: CinnabarError.self) {
            try await withModel("LLaDA2", ["block_size": 8, "expert_capacity": 4, "delete_token_id": 1 << 20]) { _ in }
        }
        await #expect(throws: CinnabarError.self) {
            try await withModel("LLaDA2", ["block_size": 8, "expert_capacity": 9]) { _ in }
        }
        await #expect(throws: CinnabarError.self) {
            try await withModel("SDAR-MoE", ["block_size": 8, "expert_capacity": 4]) { _ in }
        }
    }

    @Test("DreamOn chooses the length of a hole, between its two markers")
    func holes() async throws {
        try await withModel("Dream", ["expand_token_id": 20, "bos_token_id": 0]) { model in
            for mode in [Mode.quality, .speed] {
                let session = try model.infill(
                    prefix: "def f(x):\n    return",
                    suffix: "\n\nprint(f(3))\n",
                    options: .init(mode: mode, maxTokens: 10)
                )
                let result = try await session.result()
                #expect(result.tokens <= 10 && result.forwards <= 4 + 2 * 2 * 10)
                #expect(result.finishReason == (result.tokens == 10 ? .length : .stop))
                let header = try await trace(session).header
                #expect(header.prompt.first == 0 && header.blocks?.suffix.last == 1)
                #expect(header.blocks?.isVariable == true)
                #expect(try await model.replay(trace: session.trace()) == result.text)
            }
            let text = try await model.generate("def", options: .init(mode: .quality, maxTokens: 10)).result()
            #expect(text.tokens <= 10 && text.finishReason != .cancelled)
        }
    }
}
