import Checkpoints
import Cinnabar
import Common
import Foundation
import Models
import Testing
import Tokenizers

/// Model folders of every family with random weights, in its own names.
@Suite struct FamilyModelTests {
    private static let sizes: [String: Int] = [
        "vocab_size": TinyModelFolder.configuration.vocabularySize, "hidden_size": 24, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 32, "max_position_embeddings": 256,
        "mask_token_id": 4, "eos_token_id": 1,
    ]
    private static let mixture: [String: Int] = [
        "num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "n_group": 4, "topk_group": 2,
        "num_shared_experts": 1, "first_k_dense_replace": 1,
    ]

    /// Writes the folder; tensors that a family keeps in one are put together.
    ///
    /// - Parameters:
    ///   - further: keys of the configuration.
    ///   - scale: of the weights.
    static func write(
        _ family: Family,
        to url: URL,
        further: [String: Int] = [:],
        scale: Double = 0.3
    ) throws {
        let sizes = Self.sizes.merging(family.router == nil ? [:] : Self.mixture) { first, _ in first }
        var config: [String: Any] = Dictionary(uniqueKeysWithValues: sizes.map { (family.keys[$0] ?? $0, $1) })
        config["architectures"] = [family.architectures[0]]
        config.merge(further) { $1 }
        try JSONSerialization.data(withJSONObject: config).write(to: url.appendingPathComponent("config.json"))
        try BPETrainer(vocabularySize: TinyModelFolder.configuration.vocabularySize).train()
            .write(to: url)
        // Our own vocabulary has a token by which DreamOn would be known.
        let vocabulary = url.appendingPathComponent("tokenizer.json")
        let text = try String(contentsOf: vocabulary, encoding: .utf8)
        try Data(text.replacing("<|expand|>", with: "<|other|>").utf8).write(to: vocabulary)
        let template = "{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}"
        try JSONSerialization.data(withJSONObject: ["chat_template": template, "bos_token": "<|bos|>"])
            .write(to: url.appendingPathComponent("tokenizer_config.json"))
        let c = try family.configuration(ConfigurationFile(ModelFolder(url)))
        let names = TensorNames(family, c)
        var random = SplitMix64(seed: 9)
        var tensors: [String: (shape: [Int], values: [Float])] = [:]
        for tensor in ParameterLayout(c).tensors {
            let place = names.place(of: tensor)
            let width = Array(tensor.shape.dropFirst())
            var (shape, values) = tensors[place.name] ?? ([place.rows] + width, [])
            #expect(values.count == place.firstRow * width.reduce(1, *), "parts of \(place.name) come in order")
            values += (0..<tensor.count).map { _ in Float(scale * random.normal()) }
            shape[0] = place.rows
            tensors[place.name] = (shape, values)
        }
        try SafetensorsWriter.write(
            tensors.map { .init($0.key, shape: $0.value.shape, $0.value.values) },
            to: url.appendingPathComponent("model.safetensors")
        )
    }

    @Test("Every family loads and writes, the same text whatever the threads", arguments: Family.all.map(\.name))
    func generates(name: String) async throws {
        let family = try #require(Family.all.first { $0.name == name })
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("family-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try Self.write(family, to: url)
        let model = try Model(folder: url, threads: 2)
        #expect(model.familyName == name)
        let alone = try Model(folder: url, threads: 1)
        let isCausal = model.network.configuration.variant.attention == .causal
        let hasBoth = family.attention == .canvas || family.attention == .reordered
        let modes: [Mode] = hasBoth ? Mode.allCases : isCausal ? [.autoregressive, .lossless] : [.quality, .speed]
        for mode in modes {
            let options = GenerationOptions(mode: mode, maxTokens: 24)
            let session = try model.generate("def f(x):\n    return", options: options)
            var last = "", shown = ""
            for try await state in session {
                #expect(state.text.hasPrefix(last), "final text never changes")
                (last, shown) = (state.text, state.provisionalText)
            }
            #expect(shown == last, "what is final is no longer on the canvas")
            let result = try await session.result()
            #expect(result.text == last && result.forwards > 0)
            #expect(result.finishReason == .stop || result.tokens == 24)
            #expect(try await alone.generate("def f(x):\n    return", options: options).result().text == result.text)
            #expect(try await model.replay(trace: session.trace()) == result.text)
        }
        // A conversation is the text that the template makes of it, special tokens and all.
        let answer = try model.chat(
            [ChatMessage(role: "user", content: "hi")],
            options: .init(mode: isCausal ? .autoregressive : .quality, maxTokens: 4)
        )
        let expected = [model.tokenizer.id(of: "<|bos|>") ?? -1] + model.tokenizer.encode("[user] hi\n")
        #expect(try await answer.result().contextTokens == expected.count)
        // A mask token in a message is no place to write at, and nothing to wait for.
        for count in 1...5 {
            let forged = ChatMessage(role: "user", content: String(repeating: "<|mask|>", count: count))
            let mode: Mode = isCausal ? .autoregressive : .speed
            let result = try await model.chat([forged], options: .init(mode: mode, maxTokens: 3)).result()
            #expect(result.finishReason != .cancelled && result.forwards <= 40)
        }
        // Packed in a folder of its own it writes what it writes when it is packed on loading.
        let packed = url.appendingPathExtension("packed")
        defer { try? FileManager.default.removeItem(at: packed) }
        try Model.quantize(url, to: packed, precision: .int8)
        let mapped = try Model(folder: packed)
        #expect(mapped.familyName == name)
        let options = GenerationOptions(mode: isCausal ? .autoregressive : .quality, maxTokens: 8)
        let texts = (
            try await mapped.generate("def", options: options).result().text,
            try await model.generate("def", options: options).result().text
        )
        #expect(texts.0 == texts.1)
        let refused: Mode = isCausal ? .quality : .lossless
        if isCausal {
            // A causal model has one way to write; drafts from repetitions make it faster.
            #expect(try await model.generate("x", options: .init(mode: refused, maxTokens: 4)).result().forwards > 0)
        } else {
            #expect(throws: CinnabarError.self) { try model.generate("x", options: .init(mode: refused)) }
        }
        guard model.network.configuration.variant.attention == .full else {
            #expect(throws: CinnabarError.self) { try model.infill(prefix: "x", suffix: "y") }
            return
        }
        for (prefix, suffix) in [("def f(x):\n    return", "\n\nprint(f(3))\n"), ("", " = 1\n"), ("x", "")] {
            let hole = try model.infill(prefix: prefix, suffix: suffix, options: .init(mode: .quality, maxTokens: 6))
            let filled = try await hole.result()
            #expect(filled.tokens <= 6 && !filled.trimmed && filled.finishReason != .cancelled)
            #expect(filled.contextTokens == model.tokenizer.encode(prefix).count + model.tokenizer.encode(suffix).count)
            #expect(try await model.replay(trace: hole.trace()) == filled.text)
        }
        // What is far from the hole is left out.
        let long = String(repeating: "x = 1\n", count: 200)
        let short = GenerationOptions(mode: .speed, maxTokens: 3)
        let trimmed = try await model.infill(prefix: long, suffix: long, options: short).result()
        #expect(trimmed.trimmed && trimmed.contextTokens <= model.contextLength - 3)
        #expect(throws: CinnabarError.self) { try model.infill(prefix: "", suffix: "") }
        #expect(throws: CinnabarError.self) {
            try model.infill(prefix: "x", suffix: "y", options: .init(mode: .quality, maxTokens: model.contextLength))
        }
    }
}
