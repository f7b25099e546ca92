import Checkpoints
import Common
import Foundation
import Testing

@Suite struct GGUFMetadataTests {
    private func file(
        _ metadata: [(key: String, value: GGUFValue)],
        tensors: [GGUFWriter.Item] = [],
        _ body: (GGUFFile) throws -> Void
    ) throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("model.gguf")
            try GGUFWriter.write(tensors, metadata: metadata, to: url)
            try body(GGUFFile(url))
        }
    }

    @Test func everyTypeComesBack() throws {
        let words = GGUFArray(["", "a", "\u{1F600}"].map(GGUFValue.string), of: .string)
        let nested = GGUFArray([.array(words), .array(GGUFArray([.bool(true)], of: .bool))], of: .array)
        let pairs: [(key: String, value: GGUFValue)] = [
            ("u8", .uint8(.max)), ("i8", .int8(.min)), ("u16", .uint16(.max)), ("i16", .int16(.min)),
            ("u32", .uint32(.max)), ("i32", .int32(.min)), ("u64", .uint64(.max)), ("i64", .int64(.min)),
            ("f32", .float32(-1e-6)), ("f64", .float64(1e-300)), ("yes", .bool(true)), ("no", .bool(false)),
            ("text", .string("Grüße")), ("words", .array(words)), ("nested", .array(nested)),
            ("none", .array(GGUFArray([], of: .float64))), ("", .string("")),
        ]
        try file(pairs) { file in
            #expect(file.metadata.keys == pairs.map(\.key))
            for (key, value) in pairs { #expect(file.metadata[key] == value, "\(key)") }
            #expect(try file.metadata.required("words") == ["", "a", "\u{1F600}"])
            #expect(try file.metadata.required("i32") == Int(Int32.min))
            #expect(try file.metadata.required("f32") == -1e-6)
            #expect(try file.metadata.value("missing", as: Int.self) == nil)
            var inner: [GGUFValue] = []
            try nested.forEach { inner.append($0) }
            #expect(inner.first == .array(words))
        }
    }

    @Test func errorsNameKeyAndTypes() throws {
        let words = GGUFArray([.string("a")], of: .string)
        try file([("n", .uint32(7)), ("big", .uint64(.max)), ("words", .array(words))]) { file in
            let metadata = file.metadata
            func said(_ parts: String..., body: () throws -> Void) {
                let message = complaint(body)
                for part in parts + ["model.gguf"] { #expect(message.contains(part), "\(message)") }
            }
            said("'n'", "holds uint32, expected string") { _ = try metadata.value("n", as: String.self) }
            said("'n'", "holds uint32, expected bool") { _ = try metadata.value("n", as: Bool.self) }
            said("'n'", "holds uint32, expected a floating-point") { _ = try metadata.value("n", as: Double.self) }
            said("'n'", "holds uint32, expected an array, each string") {
                _ = try metadata.value("n", as: [String].self)
            }
            said("'words'", "holds array of string, expected an array, each an integer") {
                _ = try metadata.value("words", as: [Int].self)
            }
            said("'big'", "holds uint64, expected an integer of at most") {
                _ = try metadata.value("big", as: Int.self)
            }
            said("no metadata key 'gone' among its 3, expected string") {
                _ = try metadata.required("gone", as: String.self)
            }
        }
    }

    private static let model: [(key: String, value: GGUFValue)] = [
        ("general.architecture", .string("llada-moe")), ("llada-moe.block_count", .uint32(2)),
        ("llada-moe.embedding_length", .uint32(48)), ("llada-moe.attention.head_count", .uint32(4)),
        ("llada-moe.attention.layer_norm_rms_epsilon", .float32(1e-5)),
        ("llada-moe.expert_feed_forward_length", .uint32(24)), ("llada-moe.rope.dimension_count", .uint32(6)),
        ("llada-moe.rope.scaling.type", .string("yarn")), ("llada-moe.rope.scaling.factor", .float32(4)),
        (
            "llada-moe.feed_forward_length",
            .array(GGUFArray([.uint32(9), .uint32(9)], of: .uint32))
        ),
        ("tokenizer.ggml.mask_token_id", .uint32(5)),
    ]

    @Test func configurationSaysWhatAConfigWould() throws {
        let items = [GGUFWriter.Item("token_embd.weight", shape: [11, 2], [Float](repeating: 0, count: 22))]
        try file(Self.model, tensors: items) { file in
            let configuration = try GGUFConfiguration(file)
            #expect(
                configuration.values == [
                    "architectures": .list(["LLaDAMoEModelLM"]), "model_type": "llada", "hidden_act": "silu",
                    "num_hidden_layers": .integer(2), "hidden_size": .integer(48), "num_attention_heads": .integer(4),
                    "num_key_value_heads": .integer(4), "head_dim": .integer(12), "rms_norm_eps": .number(1e-5),
                    "expert_intermediate_size": .integer(24), "intermediate_size": .integer(9),
                    "partial_rotary_factor": .number(0.5), "rope_theta": .number(10_000),
                    "rope_scaling": .object(["rope_type": "yarn", "factor": .number(4)]), "is_causal": false,
                    "shift_logits": false, "norm_topk_prob": false, "vocab_size": .integer(11),
                    "mask_token_id": .integer(5), "tie_word_embeddings": true, "attention_bias": false,
                ]
            )
            struct Config: Decodable { let architectures: [String] }
            struct Other: Decodable { let architectures: Int }
            #expect(try configuration.decode(Config.self).architectures == ["LLaDAMoEModelLM"])
            #expect(complaint { _ = try configuration.decode(Other.self) }.contains("architectures"))
        }
    }

    @Test(arguments: [
        ("llada-moe.block_count", nil, "no metadata key 'llada-moe.block_count'"),
        ("llada-moe.block_count", GGUFValue.string("2"), "holds string, expected an integer"),
        ("llada-moe.attention.layer_norm_rms_epsilon", .float32(.nan), "expected a finite number"),
        ("llada-moe.attention.value_length", .uint32(13), "is 13, expected 12"),
        ("llada-moe.attention.key_length", .uint32(0), "expected above 0"),
        ("general.architecture", .string("bert"), "architecture 'bert'"),
    ])
    func configurationRefuses(key: String, value: GGUFValue?, because reason: String) throws {
        let pairs = Self.model.filter { $0.key != key } + (value.map { [(key, $0)] } ?? [])
        try file(pairs) { file in #expect(complaint { _ = try GGUFConfiguration(file) }.contains(reason)) }
    }

    private static let vocabulary: [(key: String, value: GGUFValue)] = [
        ("tokenizer.ggml.model", .string("gpt2")), ("tokenizer.ggml.pre", .string("qwen2")),
        ("tokenizer.ggml.tokens", .array(GGUFArray([.string("a"), .string("b"), .string("ab")], of: .string))),
        ("tokenizer.ggml.token_type", .array(GGUFArray([.int32(1), .int32(3), .int32(4)], of: .int32))),
        ("tokenizer.ggml.merges", .array(GGUFArray([.string("a b")], of: .string))),
        ("tokenizer.ggml.eot_token_id", .uint32(1)), ("tokenizer.chat_template", .string("{{ x }}")),
    ]

    @Test func vocabularyIsWhatTheFileHas() throws {
        try file(Self.vocabulary) { file in
            let vocabulary = try GGUFVocabulary(file.metadata)
            #expect(vocabulary.tokens == ["a", "b", "ab"])
            #expect(vocabulary.kinds == [.normal, .control, .userDefined])
            #expect(vocabulary.merges == ["a b"])
            #expect(vocabulary.special == ["eot": 1])
            #expect(vocabulary.chatTemplate == "{{ x }}" && vocabulary.pattern == "qwen2")
        }
    }

    @Test(arguments: [
        ("tokenizer.ggml.model", GGUFValue.string("llama"), "of the kind 'llama', expected 'gpt2'"),
        ("tokenizer.ggml.eot_token_id", .uint32(3), "is 3, expected a token below 3"),
        ("tokenizer.ggml.token_type", .array(GGUFArray([.int32(1)], of: .int32)), "3 tokens, but 1 token types"),
        (
            "tokenizer.ggml.token_type",
            .array(GGUFArray([.int32(1), .int32(7), .int32(1)], of: .int32)), "token 1 in"
        ),
        ("tokenizer.ggml.merges", .string("a b"), "holds string, expected an array"),
    ])
    func vocabularyRefuses(key: String, value: GGUFValue, because reason: String) throws {
        try file(Self.vocabulary.filter { $0.key != key } + [(key, value)]) { file in
            #expect(complaint { _ = try GGUFVocabulary(file.metadata) }.contains(reason))
        }
    }
}
