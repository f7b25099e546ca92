import Common
package import Foundation

/// What a config.json beside the tensors of ``GGUFWeights`` would say: Hugging Face's names and, beyond them, `is_causal` and
/// `shift_logits` (the row of one position predicts the next one) where they are known.
package struct GGUFConfiguration: Sendable {
    package let values: [String: Value]
    private let path: String

    /// A JSON value.
    package enum Value: Sendable, Hashable, Encodable {
        case integer(Int)
        case number(Double)
        case flag(Bool)
        case text(String)
        case list([Value])
        case object([String: Value])

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .integer(let value): try container.encode(value)
            case .number(let value): try container.encode(value)
            case .flag(let value): try container.encode(value)
            case .text(let value): try container.encode(value)
            case .list(let value): try container.encode(value)
            case .object(let value): try container.encode(value)
            }
        }
    }

    /// Where a value stands in a GGUF file and in a config.json. A key that begins with a dot follows the architecture's
    /// name.
    struct Row {
        let key: String
        let name: String
        let read: @Sendable (GGUFMetadata, String) throws -> Value?
        var isRequired = false
    }

    static let rows = [
        Row(key: ".block_count", name: "num_hidden_layers", read: integer, isRequired: true),
        Row(key: ".embedding_length", name: "hidden_size", read: integer, isRequired: true),
        Row(key: ".feed_forward_length", name: "intermediate_size", read: integers),
        Row(key: ".attention.head_count", name: "num_attention_heads", read: integers, isRequired: true),
        Row(key: ".attention.head_count_kv", name: "num_key_value_heads", read: integers),
        Row(key: ".attention.key_length", name: "head_dim", read: integer),
        Row(key: ".attention.layer_norm_rms_epsilon", name: "rms_norm_eps", read: number, isRequired: true),
        Row(key: ".attention.causal", name: "is_causal", read: flag),
        Row(key: ".attention.sliding_window", name: "sliding_window", read: integer),
        Row(key: ".context_length", name: "max_position_embeddings", read: integer),
        Row(key: ".vocab_size", name: "vocab_size", read: integer),
        Row(key: ".rope.freq_base", name: "rope_theta", read: number),
        Row(key: ".expert_count", name: "num_experts", read: integer),
        Row(key: ".expert_used_count", name: "num_experts_per_tok", read: integer),
        Row(key: ".expert_feed_forward_length", name: "moe_intermediate_size", read: integer),
        Row(key: ".expert_weights_norm", name: "norm_topk_prob", read: flag),
        Row(key: ".expert_weights_scale", name: "routed_scaling_factor", read: number),
        Row(key: "diffusion.shift_logits", name: "shift_logits", read: flag),
        Row(key: "tokenizer.ggml.mask_token_id", name: "mask_token_id", read: integer),
        Row(key: "tokenizer.ggml.bos_token_id", name: "bos_token_id", read: integer),
        Row(key: "tokenizer.ggml.eos_token_id", name: "eos_token_id", read: integer),
        Row(key: "tokenizer.ggml.padding_token_id", name: "pad_token_id", read: integer),
    ]

    /// - Throws: `malformed` for missing keys and wrong types, `unsupported` for an architecture that is not known.
    package init(_ file: GGUFFile) throws {
        let architecture = try GGUFArchitecture(of: file.metadata)
        var values = architecture.defaults
        values["architectures"] = .list([.text(architecture.className)])
        values["model_type"] = .text(architecture.modelType)
        values["hidden_act"] = "silu"
        values["rope_theta"] = .number(10_000)
        for row in Self.rows {
            let key = row.key.hasPrefix(".") ? architecture.name + row.key : row.key
            if let value = try row.read(file.metadata, key) {
                values[architecture.renamed[row.name] ?? row.name] = value
            } else if row.isRequired {
                // Says which type was expected.
                _ = try file.metadata.required(key, as: Int.self)
            }
        }
        try Self.complete(&values, from: file, architecture.name)
        self.values = values
        self.path = file.label
    }

    package subscript(name: String) -> Value? { values[name] }

    /// The configuration as the text of a config.json.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(values)
    }

    /// The configuration as a type that reads a config.json.
    package func decode<Decoded: Decodable>(_ type: Decoded.Type) throws -> Decoded {
        do {
            return try JSONDecoder().decode(type, from: json())
        } catch {
            throw CinnabarError(.malformed, "metadata of \(path): \(JSONLimits.explain(error))")
        }
    }
}

extension GGUFConfiguration.Value: ExpressibleByBooleanLiteral, ExpressibleByStringLiteral {
    package init(booleanLiteral value: Bool) { self = .flag(value) }
    package init(stringLiteral value: String) { self = .text(value) }
}
