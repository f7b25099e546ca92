import Cinnabar
import Common
import Foundation
import Models
import Testing

/// How masks become tokens, said for one text.
@Suite struct UnmaskingTests {
    private func withModel(_ name: String, _ body: (Model) async throws -> Void) async throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("unmasking-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try FamilyFolder.write(#require(Family.all.first { $0.name == name }), to: url)
        try await body(Model(folder: url, threads: 1, precision: .fp32))
    }

    private func write(
        _ model: Model,
        _ mode: Mode = .quality,
        _ change: (inout Unmasking) -> Void
    ) async throws -> GenerationResult {
        var options = GenerationOptions(mode: mode, maxTokens: 32)
        change(&options.unmasking)
        return try await model.generate("def f(x):", options: options).result()
    }

    @Test("Steps, blocks, rules and thresholds of full attention decide how many forwards a text takes")
    func fullAttention() async throws {
        try await withModel("LLaDA") { model in
            #expect(try await write(model) { _ in }.forwards == 32)
            #expect(try await write(model) { $0.steps = 4 }.forwards == 4)
            #expect(try await write(model) { ($0.steps, $0.blockLength) = (4, 8) }.forwards == 16)
            #expect(try await write(model) { $0.blockLength = 16 }.forwards == 32)
            // Probabilities of random weights are far from 0.9, and never below 0.
            #expect(try await write(model) { $0.threshold = 0 }.forwards == 1)
            #expect(try await write(model) { ($0.threshold, $0.steps) = (1, 8) }.forwards == 8)
            #expect(try await write(model) { $0.rule = .threshold }.forwards == 32)
            #expect(try await write(model) { ($0.rule, $0.threshold) = (.factor, 100) }.forwards == 1)
            #expect(try await write(model) { ($0.rule, $0.threshold) = (.factor, 0) }.forwards == 32)
            #expect(try await write(model) { ($0.rule, $0.threshold) = (.entropyBound, 1000) }.forwards == 1)
            #expect(try await write(model) { ($0.rule, $0.threshold) = (.entropyBelow, 0) }.forwards == 32)
            #expect(try await write(model) { ($0.rule, $0.steps) = (.remasking, 8) }.forwards == 8)
            let usual = try await write(model) { $0.steps = 4 }.text
            #expect(try await write(model) { ($0.steps, $0.guidance) = (4, 3) }.text != usual)
            for cache in [Unmasking.Cache.prefix, .dual] {
                let cached = try await write(model) { ($0.cache, $0.blockLength, $0.steps) = (cache, 8, 8) }
                #expect(cached.forwards == 32)
            }
            let speed = try await write(model, .speed) { ($0.rule, $0.steps) = (.scheduled, 2) }
            #expect(speed.forwards == 2)
        }
    }

    @Test("What a network or a mode does not leave open is refused by name")
    func refusals() async throws {
        try await withModel("SDAR") { model in
            let quick = try await write(model) { $0.steps = 1 }
            #expect(quick.tokens == 32 && quick.forwards <= 16)
            for change in [{ $0.blockLength = 64 }, { $0.guidance = 1 }, { $0.cache = .dual }]
                as [(inout Unmasking) -> Void]
            {
                let error = await #expect(throws: CinnabarError.self) { _ = try await write(model, .quality, change) }
                #expect(error?.code == .invalidArgument)
            }
        }
        for name in ["Fast-dLLM v2", "WeDLM"] {
            try await withModel(name) { model in
                let error = await #expect(throws: CinnabarError.self) {
                    _ = try await write(model) { $0.rule = .remasking }
                }
                #expect(error?.code == .invalidArgument)
            }
        }
        try await withModel("Dream") { model in
            let many = try await write(model) { $0.steps = 60_000 }
            #expect(many.forwards <= 32)
        }
        try await withModel("Qwen3") { model in
            let error = await #expect(throws: CinnabarError.self) {
                _ = try await write(model, .autoregressive) { $0.steps = 2 }
            }
            #expect(error?.code == .invalidArgument)
        }
        let native = try Model(threads: 1)
        let sure = try await write(native) { $0.threshold = 0.9 }
        #expect(sure.forwards > 0)
        for (mode, change) in [
            (.quality, { $0.steps = 2 }), (.speed, { $0.threshold = 0.5 }), (.quality, { $0.threshold = -1 }),
            (.quality, { $0.threshold = 90 }),
        ] as [(Mode, (inout Unmasking) -> Void)] {
            let error = await #expect(throws: CinnabarError.self) { _ = try await write(native, mode, change) }
            #expect(error?.code == .invalidArgument)
        }
    }
}
