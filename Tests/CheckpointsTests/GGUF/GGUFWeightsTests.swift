import Checkpoints
import Common
import Foundation
import TestSupport
import Testing

@Suite struct GGUFWeightsTests {
    /// The stored order as llama.cpp's converter makes it: heads of two halves, transposed to heads of pairs.
    private func interleave(_ rows: [[Float]], heads: Int) -> [Float] {
        let half = rows.count / heads / 2
        return (0..<heads).flatMap { head in
            (0..<half).flatMap { place in (0..<2).flatMap { rows[(head * 2 + $0) * half + place] } }
        }
    }

    @Test(arguments: [FloatEncoding.f32, .bf16, .q80]) func rowsComeInTheUsualOrder(encoding: FloatEncoding) throws {
        let (heads, keyHeads, size, columns) = (3, 1, 10, 32)
        // Every value is a multiple of 1 with 127 in each row, which Q8_0 stores exactly.
        func matrix(_ rows: Int) -> [[Float]] {
            (0..<rows).map { row in
                let rest = (1..<columns).map { column in Float((row * 7 + column * 3) % 100) }
                return [127] + rest
            }
        }
        let (query, key) = (matrix(heads * size), matrix(keyHeads * size))
        let bias = (0..<heads * size).map { [Float($0)] }
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("model.gguf")
            try GGUFWriter.write(
                [
                    .init("blk.0.attn_q.weight", shape: [30, 32], as: encoding, interleave(query, heads: heads)),
                    .init("blk.0.attn_k.weight", shape: [10, 32], as: encoding, interleave(key, heads: keyHeads)),
                    .init("blk.0.attn_v.weight", shape: [10, 32], as: encoding, key.flatMap { $0 }),
                    .init("blk.0.attn_q.bias", shape: [30], interleave(bias, heads: heads)),
                ],
                metadata: [
                    "general.architecture": .string("llama"), "llama.attention.head_count": .uint32(3),
                    "llama.attention.head_count_kv": .array(GGUFArray([.int32(1), .int32(4)], of: .int32)),
                ],
                to: url
            )
            let weights = try GGUFWeights(GGUFFile(url))
            let attention = "model.layers.0.self_attn"
            let all = query.flatMap { $0 }
            #expect(try weights.floats(named: "\(attention).q_proj.weight", expecting: [30, 32]) == all)
            #expect(try weights.floats(named: "\(attention).k_proj.weight") == key.flatMap { $0 })
            #expect(try weights.floats(named: "\(attention).v_proj.weight") == key.flatMap { $0 })
            #expect(try weights.floats(named: "\(attention).q_proj.bias") == bias.flatMap { $0 })
            let tensor = try weights.tensor(named: "\(attention).q_proj.weight")
            var random = SplitMix64(seed: 5)
            for _ in 0..<200 {
                let start = Int.random(in: 0...all.count, using: &random)
                let end = Int.random(in: start...all.count, using: &random)
                #expect(try tensor.floats(in: start..<end) == Array(all[start..<end]), "\(start)..<\(end)")
            }
        }
    }

    @Test func expertsAreParts() throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("model.gguf")
            let values = (0..<5 * 3 * 32).map { Float($0 % 128 - 64) }
            try GGUFWriter.write(
                [
                    .init("blk.7.ffn_down_exps.weight", shape: [5, 3, 32], values),
                    .init("blk.07.attn_q.weight", shape: [1], [1]), .init("rope_freqs.weight", shape: [1], [2]),
                ],
                metadata: ["general.architecture": .string("qwen3moe")],
                to: url
            )
            let file = try GGUFFile(url)
            let weights = try GGUFWeights(file)
            let names = (0..<5).map { "model.layers.7.mlp.experts.\($0).down_proj.weight" }
            #expect(weights.names == names + ["blk.07.attn_q.weight", "rope_freqs.weight"])
            let whole = try #require(file["blk.7.ffn_down_exps.weight"]).bytes.range
            for (expert, name) in names.enumerated() {
                let tensor = try weights.tensor(named: name, expecting: [3, 32])
                #expect(try tensor.floats() == Array(values[expert * 96..<(expert + 1) * 96]))
                #expect(tensor.bytes.range.lowerBound == whole.lowerBound + expert * 96 * 4)
            }
        }
    }

    @Test(arguments: [
        ("gemma", [4, 2], "architecture 'gemma'"), ("llama", [4, 2], "no metadata key 'llama.attention.head_count'"),
        ("llada", [6, 2], "expected 2 heads of an even number of rows"),
        ("llada", [5, 2], "expected 2 heads of an even number of rows"),
        ("llada", [], "expected 2 heads of an even number of rows"),
    ])
    func refuses(architecture: String, shape: [Int], because reason: String) throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("model.gguf")
            let values = [Float](repeating: 0, count: shape.reduce(1, *))
            try GGUFWriter.write(
                [.init("blk.0.attn_q.weight", shape: shape, values)],
                metadata: ["general.architecture": .string(architecture), "llada.attention.head_count": .uint32(2)],
                to: url
            )
            #expect(complaint { _ = try GGUFWeights(GGUFFile(url)) }.contains(reason))
        }
    }
}

/// Files written by other implementations.
@Suite(.enabled(if: SharedData.folder != nil, "no shared test data: set CINNABAR_SHARED"))
struct GGUFParityTests {
    private func checkpoint(_ model: String) throws -> ModelWeights {
        try ModelFolder(SharedData.file("fixtures/parity/\(model)")).weights()
    }

    @Test func dreamIsItsCheckpoint() throws {
        let (ours, theirs) = (try GGUFWeights(GGUFFixtures.open("dream-F32.gguf")), try checkpoint("dream"))
        #expect(ours.names.sorted() == theirs.names.sorted())
        for name in theirs.names {
            let expected = try theirs.tensor(named: name)
            #expect(try ours.floats(named: name, expecting: expected.shape) == expected.floats(), "\(name)")
        }
    }

    @Test func lladaIsItsCheckpointWithLlamasNames() throws {
        let own = [
            "q_proj": "self_attn.q_proj", "k_proj": "self_attn.k_proj", "v_proj": "self_attn.v_proj",
            "attn_out": "self_attn.o_proj", "ff_proj": "mlp.gate_proj", "up_proj": "mlp.up_proj",
            "ff_out": "mlp.down_proj", "attn_norm": "input_layernorm", "ff_norm": "post_attention_layernorm",
        ]
        func renamed(_ name: String) -> String {
            let name = name.replacing("model.transformer.", with: "")
            if name == "wte.weight" { return "model.embed_tokens.weight" }
            if name == "ln_f.weight" { return "model.norm.weight" }
            if name == "ff_out.weight" { return "lm_head.weight" }
            let parts = name.split(separator: ".").map(String.init)
            return "model.layers.\(parts[1]).\(own[parts[2]] ?? "?").weight"
        }
        let (ours, theirs) = (try GGUFWeights(GGUFFixtures.open("llada-F32.gguf")), try checkpoint("llada"))
        #expect(ours.names.sorted() == theirs.names.map(renamed).sorted())
        for name in theirs.names {
            let expected = try theirs.tensor(named: name)
            #expect(try ours.floats(named: renamed(name), expecting: expected.shape) == expected.floats(), "\(name)")
        }
        let stored = try GGUFFixtures.open("llada-F32.gguf").floats(named: "blk.0.attn_q.weight")
        #expect(try stored != ours.floats(named: "model.layers.0.self_attn.q_proj.weight"))
    }

    @Test(arguments: ["dream", "llada"]) func configurationsAgree(model: String) throws {
        let configuration = try GGUFConfiguration(GGUFFixtures.open("\(model)-Q4_0.gguf"))
        let url = try ModelFolder(SharedData.file("fixtures/parity/\(model)")).config
        let theirs = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
        let ours = try #require(try JSONSerialization.jsonObject(with: configuration.json()) as? [String: Any])
        let own = [
            "hidden_size": "d_model", "intermediate_size": "mlp_hidden_size", "num_hidden_layers": "n_layers",
            "num_attention_heads": "n_heads", "num_key_value_heads": "n_kv_heads",
            "max_position_embeddings": "max_sequence_length", "tie_word_embeddings": "weight_tying",
            "attention_bias": "include_qkv_bias", "hidden_act": "activation_type",
        ]
        // 1000000 and 1000000.0 are one number in JSON.
        func plain(_ value: Any) -> String { Double("\(value)").map { "\($0)" } ?? "\(value)" }
        var compared = 0
        for (name, value) in ours {
            let other = model == "llada" ? own[name] ?? name : name
            // The vocabularies of these files are placeholders: dream's padding is its end token.
            guard let expected = theirs[other], name != "architectures", name != "pad_token_id" else { continue }
            #expect(plain(value) == plain(expected), "\(name)")
            compared += 1
        }
        #expect(compared >= 14)
        #expect(configuration["is_causal"] == false)
        #expect(configuration["shift_logits"] == .flag(model == "dream"))
        #expect(configuration["attention_bias"] == .flag(model == "dream"))
        #expect(configuration["head_dim"] == .integer(model == "dream" ? 16 : 8))
    }
}
