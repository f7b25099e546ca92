import Common
import Foundation

extension Family {
    /// The network that a `config.json` of this family describes.
    ///
    /// - Parameter attention: instead of the family's, for checkpoints of which the file does not say how they attend.
    /// - Throws: for missing keys, values out of range, and whatever this build does not compute.
    package func configuration(
        _ file: ConfigurationFile,
        attention: AttentionRule? = nil
    ) throws -> ModelConfiguration {
        var file = file
        file.keys = keys
        try refuseWhatIsNotComputed(file)
        let hidden = try file.required("hidden_size")
        let heads = try file.required("num_attention_heads")
        guard heads > 0, hidden > 0 else {
            throw CinnabarError(.malformed, "\(file.label): \(heads) heads of a network of \(hidden)")
        }
        let experts = try self.experts(file)
        var c = ModelConfiguration(
            vocabularySize: try file.integer("embedding_size") ?? file.required("vocab_size"),
            hiddenSize: hidden,
            layers: try file.required("num_hidden_layers"),
            heads: heads,
            keyValueHeads: try file.integer("num_key_value_heads") ?? heads,
            headDimension: try file.integer("head_dim") ?? hidden / heads,
            // Of a network of experts alone it does not matter.
            feedForwardSize: try file.integer("intermediate_size") ?? experts?.width ?? 0,
            contextLength: try file.required("max_position_embeddings")
        )
        c.modelType = try file.string("model_type") ?? ""
        c.architectures = architectures
        // Newer files keep all of the rotation in one object.
        let rotation = try file.object("rope_parameters") ?? file.object("rope_scaling")
        c.ropeTheta = try file.number("rope_theta") ?? rotation?.number("rope_theta") ?? 10_000
        c.variant.rotaryScaling = try rotation.flatMap { try RotaryScaling($0, theta: c.ropeTheta) }
        c.variant.queryScaling = try rotation.flatMap { try QueryScaling($0) }
        c.normEpsilon = Float(try file.number("rms_norm_eps") ?? 1e-6)
        c.tiedEmbedding = try file.bool("tie_word_embeddings") ?? tiedEmbedding
        if let packed = file["quantization_config"] {
            c.quantization = try JSONDecoder().decode(Quantization.self, from: JSONEncoder().encode(packed))
        }
        c.variant.attention = try attention ?? self.attention(file)
        c.variant.shiftsLogits = try file.bool("shift_logits") ?? shiftsLogits
        c.variant.attentionBias = try file.bool("attention_bias") ?? attentionBias
        c.variant.queryKeyNorm = try file.bool("qk_norm") ?? queryKeyNorm
        c.variant.canvasStream = false
        c.variant.experts = experts
        let fraction = try file.number("partial_rotary_factor") ?? rotation?.number("partial_rotary_factor")
        if let fraction, fraction != 1 {
            guard fraction > 0, fraction < 1 else {
                throw CinnabarError(.malformed, "\(file.label): partial_rotary_factor \(fraction) is outside (0, 1]")
            }
            c.variant.rotaryWidth = Int(Double(c.headDimension) * fraction)
        }
        // A context is a promise of the file; a table of rotations is made as far as memory reasonably goes.
        c.contextLength = min(c.contextLength, ModelConfiguration.longestContext(rotaryWidth: max(c.rotaryWidth, 1)))
        try c.validate(name: file.label)
        return c
    }

    /// The id of the mask token; nil where neither file nor family says.
    package func maskToken(_ file: ConfigurationFile) throws -> Int? {
        try file.integer("mask_token_id") ?? maskToken
    }

    private func attention(_ file: ConfigurationFile) throws -> AttentionRule {
        if isCausalWithoutMask, file["mask_token_id"] == nil { return .causal }
        switch attention {
        case .causal, .canvas, .reordered: return .causal
        case .full: return .full
        case .blocks(let key, let size): return .blockCausal(try key.flatMap { try file.integer($0) } ?? size)
        }
    }

    private func experts(_ file: ConfigurationFile) throws -> MixtureOfExperts? {
        guard let router else { return nil }
        let width = try file.required("moe_intermediate_size")
        var mixture = MixtureOfExperts(
            router: router,
            experts: try file.required("num_experts"),
            chosen: try file.required("num_experts_per_tok"),
            width: width
        )
        if router == .normalizedSoftmax, try file.bool("norm_topk_prob") == false { mixture.router = .softmax }
        let shared = try file.integer("num_shared_experts") ?? 0
        guard (0...64).contains(shared), (1...1 << 18).contains(width) else {
            throw CinnabarError(.malformed, "\(file.label): \(shared) shared experts of width \(width)")
        }
        mixture.sharedWidth = shared * width
        mixture.groups = try file.integer("n_group") ?? 1
        mixture.chosenGroups = try file.integer("topk_group") ?? 1
        mixture.scale = Float(try file.number("routed_scaling_factor") ?? 1)
        mixture.hasBias = try file.bool("moe_router_enable_expert_bias") ?? false
        mixture.denseLayers = try file.integer("first_k_dense_replace") ?? 0
        if let capacity = try file.integer("expert_capacity") {
            guard router == .groupedSigmoid else {
                throw CinnabarError(
                    .unsupported,
                    "\(file.label): 'expert_capacity' is \(capacity), which this build computes for LLaDA2.2 only"
                )
            }
            mixture.pool = ExpertPool(experts: capacity, block: try file.required("block_size"))
            // The pool stands in for the groups, though the file goes on naming them.
            (mixture.groups, mixture.chosenGroups) = (1, 1)
        }
        return mixture
    }

    /// Keys whose other values ask for something that the network does not do.
    private static let computed: [(key: String, values: [ConfigurationFile.Value])] = [
        ("hidden_act", [.string("silu")]), ("activation_type", [.string("silu")]), ("block_type", [.string("llama")]),
        ("layer_norm_type", [.string("rms")]), ("alibi", [.bool(false)]), ("include_bias", [.bool(false)]),
        ("include_qkv_bias", [.bool(false)]), ("attention_layer_norm", [.bool(false)]), ("rope", [.bool(true)]),
        ("scale_logits", [.bool(false)]), ("input_emb_norm", [.bool(false)]), ("use_sliding_window", [.bool(false)]),
        ("mlp_bias", [.bool(false)]), ("use_bias", [.bool(false)]), ("use_qkv_bias", [.bool(false)]),
        ("norm_head", [.bool(false)]), ("use_qk_norm", [.bool(true)]), ("qk_layernorm", [.bool(true)]),
        ("clip_qkv", []), ("decoder_sparse_step", [.number(1)]),
        ("mlp_only_layers", [.list([])]), ("shared_expert_intermediate_size", []),
    ]

    private func refuseWhatIsNotComputed(_ file: ConfigurationFile) throws {
        for (key, values) in Self.computed {
            guard let value = file[key], !values.contains(value) else { continue }
            throw CinnabarError(
                .unsupported,
                "\(file.label): '\(key)' is \(value), which this build does not compute for \(name)",
                hint: values.first.map { "it computes \($0)" } ?? "it computes models without it"
            )
        }
    }
}
