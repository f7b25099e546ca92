import Common

extension GGUFConfiguration {
    static let integer: @Sendable (GGUFMetadata, String) throws -> Value? = {
        try $0.value($1, as: Int.self).map(Value.integer)
    }
    static let number: @Sendable (GGUFMetadata, String) throws -> Value? = { metadata, key in
        guard let number = try metadata.value(key, as: Double.self) else { return nil }
        guard number.isFinite else {
            throw CinnabarError(
                .malformed,
                "metadata key '\(key)' in \(metadata.path) is \(number), expected a finite number"
            )
        }
        return .number(number)
    }
    static let flag: @Sendable (GGUFMetadata, String) throws -> Value? = {
        try $0.value($1, as: Bool.self).map(Value.flag)
    }
    /// One number for all layers, or a number for each; a list of equal ones is one.
    static let integers: @Sendable (GGUFMetadata, String) throws -> Value? = { metadata, key in
        guard case .array = metadata[key] else { return try integer(metadata, key) }
        let list = try metadata.required(key, as: [Int].self)
        guard let first = list.first, list.allSatisfy({ $0 == first }) else {
            return .list(list.map(Value.integer))
        }
        return .integer(first)
    }

    /// What follows from other values or from the tensors.
    static func complete(_ values: inout [String: Value], from file: GGUFFile, _ architecture: String) throws {
        values["tie_word_embeddings"] = .flag(file["output.weight"] == nil)
        values["attention_bias"] = .flag(file["blk.0.attn_q.bias"] != nil)
        if values["vocab_size"] == nil, let rows = file["token_embd.weight"]?.shape.first {
            values["vocab_size"] = .integer(rows)
        }
        values["num_key_value_heads"] = values["num_key_value_heads"] ?? values["num_attention_heads"]
        if values["head_dim"] == nil, case .integer(let width) = values["hidden_size"],
            case .integer(let heads) = values["num_attention_heads"], heads > 0, width % heads == 0
        {
            values["head_dim"] = .integer(width / heads)
        }
        let metadata = file.metadata
        if case .integer(let size) = values["head_dim"] {
            guard size > 0 else {
                throw CinnabarError(.malformed, "\(file.label) has heads of size \(size), expected above 0")
            }
            let valueKey = "\(architecture).attention.value_length"
            if let other = try metadata.value(valueKey, as: Int.self), other != size {
                throw CinnabarError(
                    .unsupported,
                    "metadata key '\(valueKey)' in \(file.label) is \(other), expected \(size) as of keys"
                )
            }
            let rotated = try metadata.value("\(architecture).rope.dimension_count", as: Int.self) ?? size
            if rotated != size { values["partial_rotary_factor"] = .number(Double(rotated) / Double(size)) }
        }
        values["rope_scaling"] = try ropeScaling(metadata, "\(architecture).rope.scaling")
    }

    private static func ropeScaling(_ metadata: GGUFMetadata, _ prefix: String) throws -> Value? {
        guard let type = try metadata.value("\(prefix).type", as: String.self), type != "none" else { return nil }
        var scaling: [String: Value] = ["rope_type": .text(type)]
        scaling["factor"] = try number(metadata, "\(prefix).factor")
        scaling["original_max_position_embeddings"] = try integer(metadata, "\(prefix).original_context_length")
        return .object(scaling)
    }
}
