import Checkpoints
import Common
import Foundation
import Models
import Tokenizers

extension PlainModel {
    /// Writes a GGUF file that llama.cpp reads too. Vectors and the routers of experts stay in float32.
    ///
    /// - Parameters:
    ///   - encoding: of the matrices; those whose rows are not whole blocks of it are float16.
    ///   - progress: called with the numbers written so far.
    /// - Throws: `unsupported` for what llama.cpp has no architecture for.
    func writeGGUF(_ target: URL, as encoding: FloatEncoding, progress: @escaping (Int) -> Void) throws {
        let architecture = try GGUFArchitecture(named: configuration.architectures)
        guard configuration.variant.rotaryScaling == nil, configuration.variant.queryScaling == nil else {
            throw CinnabarError(
                .unsupported,
                "the positions of this model are scaled, which is not written to GGUF files yet",
                hint: "write a folder instead"
            )
        }
        if let experts = configuration.variant.experts {
            let router: MixtureOfExperts.Router = architecture.normalizesExperts ? .normalizedSoftmax : .softmax
            guard experts.router == router, experts.scale == 1 else {
                throw CinnabarError(
                    .unsupported,
                    "this model weighs its experts in a way that llama.cpp's '\(architecture.name)' does not",
                    hint: "write a folder instead"
                )
            }
        }
        let tokens = try vocabularyPairs()
        let pairs: [(key: String, value: GGUFValue)] =
            [
                ("general.architecture", .string(architecture.name)),
                ("general.name", .string(target.deletingPathExtension().lastPathComponent)),
            ] + architecture.metadata(try usualValues()) + rotaryPairs(architecture.name) + tokens
        try GGUFWriter.write(items(architecture, as: encoding, progress), metadata: pairs, to: target)
    }

    /// What a config.json with the usual keys would say.
    private func usualValues() throws -> [String: GGUFConfiguration.Value] {
        let c = configuration
        var values: [String: GGUFConfiguration.Value] = [
            "num_hidden_layers": .integer(c.layers), "hidden_size": .integer(c.hiddenSize),
            "intermediate_size": .integer(c.feedForwardSize), "num_attention_heads": .integer(c.heads),
            "num_key_value_heads": .integer(c.keyValueHeads), "head_dim": .integer(c.headDimension),
            "rms_norm_eps": .number(Double(c.normEpsilon)), "max_position_embeddings": .integer(c.contextLength),
            "vocab_size": .integer(c.vocabularySize), "rope_theta": .number(c.ropeTheta),
        ]
        if let settings = try settings(), !settings.isCausal {
            values["is_causal"] = .flag(false)
            values["shift_logits"] = .flag(c.variant.shiftsLogits)
            values["mask_token_id"] = settings.mask.map { .integer(Int($0)) }
        }
        values["eos_token_id"] = try settings()?.ends.first.map { .integer(Int($0)) }
        // Without one llama.cpp takes a token of its own, which chat templates then show.
        values["bos_token_id"] =
            try (tokenizer.frame.prefix.first.map { Int($0) } ?? stated.integer("bos_token_id")).map { .integer($0) }
        guard let experts = c.variant.experts else { return values }
        values["num_experts"] = .integer(experts.experts)
        values["num_experts_per_tok"] = .integer(experts.chosen)
        values["moe_intermediate_size"] = .integer(experts.width)
        values["norm_topk_prob"] = .flag(experts.router == .normalizedSoftmax)
        return values
    }

    private func rotaryPairs(_ name: String) -> [(key: String, value: GGUFValue)] {
        [
            ("\(name).attention.value_length", .uint32(UInt32(configuration.headDimension))),
            ("\(name).rope.dimension_count", .uint32(UInt32(configuration.rotaryWidth))),
        ]
    }

    private func vocabularyPairs() throws -> [(key: String, value: GGUFValue)] {
        let vocabulary = try StoredVocabulary(tokenizer, size: configuration.vocabularySize)
        func texts(_ list: [String]) -> GGUFValue { .array(GGUFArray(list.map(GGUFValue.string), of: .string)) }
        var pairs: [(key: String, value: GGUFValue)] = [
            ("tokenizer.ggml.model", .string("gpt2")), ("tokenizer.ggml.pre", .string(vocabulary.pre)),
            ("tokenizer.ggml.tokens", texts(vocabulary.tokens)),
            (
                "tokenizer.ggml.token_type",
                .array(GGUFArray(vocabulary.types.map { .int32(Int32($0)) }, of: .int32))
            ),
            ("tokenizer.ggml.merges", texts(vocabulary.merges)),
            ("tokenizer.ggml.add_bos_token", .bool(vocabulary.addBos)),
            ("tokenizer.ggml.add_eos_token", .bool(vocabulary.addEos)),
        ]
        if let template = chatTemplate() { pairs.append(("tokenizer.chat_template", .string(template))) }
        return pairs
    }

    private func items(
        _ architecture: GGUFArchitecture,
        as encoding: FloatEncoding,
        _ progress: @escaping (Int) -> Void
    ) throws -> [GGUFWriter.Item] {
        var order: [String] = []
        var groups: [String: [ParameterLayout.Tensor]] = [:]
        for tensor in layout.tensors {
            guard let place = architecture.place(of: tensor.name) else {
                throw CinnabarError(
                    .unsupported,
                    "llama.cpp's '\(architecture.name)' has no place for the tensor '\(tensor.name)'",
                    hint: "write a folder instead"
                )
            }
            if groups[place.name] == nil { order.append(place.name) }
            groups[place.name, default: []].append(tensor)
        }
        let counter = Counter(progress)
        return order.map { name in
            let tensors = groups[name, default: []]
            let isStacked = tensors[0].name.contains(".experts.")
            let shape = (isStacked ? [tensors.count] : []) + tensors[0].shape
            let isMatrix = tensors[0].isMatrix && !tensors[0].name.hasSuffix("mlp.gate.weight")
            let fits = tensors[0].shape[tensors[0].shape.count - 1] % encoding.format.unitCount == 0
            let order = architecture.rowOrder(of: name, headSize: configuration.headDimension)
            return GGUFWriter.Item(name, shape: shape, as: isMatrix ? (fits ? encoding : .f16) : .f32) { append in
                for tensor in tensors {
                    for rows in (0..<tensor.shape[0]).pieces(of: max(1, (1 << 20) / tensor.rowWidth)) {
                        let values = try stored(rows, of: tensor, order)
                        try values.withUnsafeBufferPointer { try append($0) }
                        counter.add(values.count)
                    }
                }
            }
        }
    }

    /// Rows of the file.
    private func stored(_ rows: Range<Int>, of tensor: ParameterLayout.Tensor, _ order: RowOrder) throws -> [Float] {
        let (width, offset) = (tensor.rowWidth, tensor.offset)
        guard order != .stored else {
            return try checkpoint.values(offset + rows.lowerBound * width..<offset + rows.upperBound * width)
        }
        return try rows.reduce(into: []) { values, stored in
            let begin = offset + order.row(stored: stored) * width
            values += try checkpoint.values(begin..<begin + width)
        }
    }
}

extension ParameterLayout.Tensor {
    fileprivate var rowWidth: Int { shape.dropFirst().reduce(1, *) }
}
