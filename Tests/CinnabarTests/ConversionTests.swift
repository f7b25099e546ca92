import Checkpoints
import Cinnabar
import Common
import Foundation
import Models
import Testing
import Tokenizers

/// A model written in another form and read again is the same model.
@Suite struct ConversionTests {
    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("conversion-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try await body(url)
    }

    private func logits(_ model: Model) throws -> [Float] {
        let tokens = (0..<9).map { TokenID(20 + 3 * $0) }
        return try model.network.forward([
            ForwardItem(
                cache: model.network.makeCache(capacity: tokens.count),
                clean: tokens,
                wantedClean: Array(tokens.indices)
            )
        ])[0].logits
    }

    @Test(
        "GGUF and folder keep every number, token and template",
        arguments: ["LLaDA", "Dream", "LLaDA-MoE", "RND1", "Qwen3", "Llama"]
    )
    func roundTrip(name: String) async throws {
        try await withFolder { folder in
            let family = try #require(Family.all.first { $0.name == name })
            let original = folder.appendingPathComponent("original")
            try FileManager.default.createDirectory(at: original, withIntermediateDirectories: true)
            try FamilyFolder.write(family, to: original)
            let file = folder.appendingPathComponent("model.gguf")
            try Model.convert(original, to: file, numbers: .fp32)
            let back = folder.appendingPathComponent("back")
            try Model.convert(file, to: back, numbers: .fp32)
            let models = try [original, file, back].map { try Model(folder: $0, threads: 1, precision: .fp32) }
            let expected = try logits(models[0])
            let mode: Mode = models[0].network.configuration.variant.attention == .causal ? .lossless : .speed
            #expect(Set(expected).count > 100)
            for model in models.dropFirst() {
                #expect(try logits(model) == expected)
                #expect(model.familyName == name)
                #expect(model.contextLength == models[0].contextLength)
                #expect(model.maskToken == models[0].maskToken)
                let text = "def f(x):\n    return  x<|eos|>1234 ünï"
                #expect(model.tokenizer.encode(text) == models[0].tokenizer.encode(text))
                let asked = [ChatMessage(role: "user", content: "hi")]
                let options = GenerationOptions(mode: mode, maxTokens: 8)
                let answers = (
                    try await model.chat(asked, options: options).result(),
                    try await models[0].chat(asked, options: options).result()
                )
                #expect(answers.0.text == answers.1.text && answers.0.contextTokens == answers.1.contextTokens)
            }
            // Packing goes from either form to the same bytes.
            let packed = try [original, file].enumerated().map { index, source in
                let target = folder.appendingPathComponent("packed\(index)")
                try Model.quantize(source, to: target, precision: .int8)
                return try Data(contentsOf: target.appendingPathComponent("model.safetensors"))
            }
            #expect(packed[0] == packed[1])
        }
    }

    @Test func smallerNumbersRoundAndRowsOfOddLengthStayHalfPrecision() async throws {
        try await withFolder { folder in
            let family = try #require(Family.all.first { $0.name == "Dream" })
            try FamilyFolder.write(family, to: folder)
            let exact = try logits(Model(folder: folder, threads: 1, precision: .fp32))
            for numbers in [Model.Numbers.bf16, .fp16, .q8] {
                let file = folder.appendingPathComponent("\(numbers.rawValue).gguf")
                try Model.convert(folder, to: file, numbers: numbers)
                let rounded = try logits(Model(folder: file, threads: 1, precision: .fp32))
                #expect(rounded != exact)
                let worst = zip(exact, rounded).map { abs($0 - $1) }.max() ?? .infinity
                let scale = exact.map(abs).max() ?? 0
                #expect(worst < 0.1 * scale, "\(numbers.rawValue): \(worst) of \(scale)")
            }
        }
    }

    @Test func whatCannotBeSaidIsRefused() async throws {
        try await withFolder { folder in
            let file = folder.appendingPathComponent("native.gguf")
            func refusal(_ body: () throws -> Void) -> CinnabarError? {
                #expect(throws: CinnabarError.self) { try body() }
            }
            #expect(refusal { try Model.convert(nil, to: file) }?.code == .unsupported)
            #expect(refusal { try Model.convert(nil, to: folder, numbers: .q8) }?.code == .invalidArgument)
            let sdar = try #require(Family.all.first { $0.name == "SDAR" })
            let source = folder.appendingPathComponent("sdar")
            try FileManager.default.createDirectory(at: source, withIntermediateDirectories: true)
            try FamilyFolder.write(sdar, to: source)
            #expect(refusal { try Model.convert(source, to: file) }?.hint?.contains("folder") == true)
            #expect(refusal { try Model.convert(source, to: source) }?.code == .invalidArgument)
            #expect(!FileManager.default.fileExists(atPath: file.path))
        }
    }

    @Test("llama.cpp fixes how experts are weighed and steered: what differs is refused, not written wrong")
    func routersThatAFileCannotName() async throws {
        try await withFolder { folder in
            func converts(_ name: String, _ change: [String: Any]) throws -> Bool {
                let source = folder.appendingPathComponent(UUID().uuidString)
                try FileManager.default.createDirectory(at: source, withIntermediateDirectories: true)
                let family = try #require(Family.all.first { $0.name == name })
                try FamilyFolder.write(family, to: source, changing: change)
                let file = source.appendingPathComponent("model.gguf")
                do {
                    try Model.convert(source, to: file)
                    return true
                } catch let error as CinnabarError {
                    #expect(error.code == .unsupported && !FileManager.default.fileExists(atPath: file.path))
                    return false
                }
            }
            let said = [try converts("Qwen3-MoE", ["norm_topk_prob": true]), try converts("LLaDA-MoE", [:])]
            let unsaid = [
                try converts("Qwen3-MoE", ["norm_topk_prob": false]),
                try converts("LLaDA-MoE", ["moe_router_enable_expert_bias": true]),
                try converts("LLaDA-MoE", ["routed_scaling_factor": 2.5]),
            ]
            #expect(said == [true, true] && unsaid == [false, false, false])
        }
    }
}
