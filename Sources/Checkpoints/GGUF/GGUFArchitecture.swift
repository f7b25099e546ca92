import Common

/// What llama.cpp leaves unsaid about the models of one architecture: facts that its code has and its files do not.
package struct GGUFArchitecture: Sendable {
    /// `general.architecture`.
    package let name: String
    /// `architectures` and `model_type` of the released configuration; keys and tensors go by Llama's names all the same.
    let className: String
    let modelType: String
    /// Query and key rows lie in the order of interleaved rotary embedding.
    var isInterleaved = false
    /// What holds where the file does not say otherwise, by names of config.json.
    var defaults: [String: GGUFConfiguration.Value] = [:]
    /// Names of config.json that differ from ``GGUFConfiguration/rows``.
    var renamed: [String: String] = [:]

    /// Source: llama.cpp's converters and graphs as of 2026-11; its diffusion program shifts where a file is silent.
    package static let all = [
        GGUFArchitecture(
            name: "dream",
            className: "DreamModel",
            modelType: "Dream",
            defaults: ["is_causal": false, "shift_logits": true]
        ),
        GGUFArchitecture(
            name: "llada",
            className: "LLaDAModelLM",
            modelType: "llada",
            isInterleaved: true,
            defaults: ["is_causal": false, "shift_logits": false]
        ),
        GGUFArchitecture(
            name: "llada-moe",
            className: "LLaDAMoEModelLM",
            modelType: "llada",
            defaults: ["is_causal": false, "shift_logits": false, "norm_topk_prob": false],
            renamed: ["moe_intermediate_size": "expert_intermediate_size"]
        ),
        GGUFArchitecture(
            name: "rnd1",
            className: "RND1LM",
            modelType: "rnd1",
            defaults: ["is_causal": false, "shift_logits": true, "norm_topk_prob": true]
        ),
        GGUFArchitecture(name: "qwen2", className: "Qwen2ForCausalLM", modelType: "qwen2"),
        GGUFArchitecture(name: "qwen3", className: "Qwen3ForCausalLM", modelType: "qwen3"),
        GGUFArchitecture(
            name: "qwen3moe",
            className: "Qwen3MoeForCausalLM",
            modelType: "qwen3_moe",
            defaults: ["norm_topk_prob": true]
        ),
        GGUFArchitecture(name: "llama", className: "LlamaForCausalLM", modelType: "llama", isInterleaved: true),
    ]

    /// The architecture of a file.
    package init(of metadata: GGUFMetadata) throws {
        let name = try metadata.required("general.architecture", as: String.self)
        guard let known = Self.all.first(where: { $0.name == name }) else {
            throw CinnabarError(
                .unsupported,
                "\(metadata.path) holds a model of the architecture '\(name)'",
                hint: "known are \(Self.all.map(\.name).joined(separator: " "))"
            )
        }
        self = known
    }

    private init(
        name: String,
        className: String,
        modelType: String,
        isInterleaved: Bool = false,
        defaults: [String: GGUFConfiguration.Value] = [:],
        renamed: [String: String] = [:]
    ) {
        self.name = name
        self.className = className
        self.modelType = modelType
        self.isInterleaved = isInterleaved
        self.defaults = defaults
        self.renamed = renamed
    }
}

extension GGUFArchitecture {
    /// Hugging Face's names of tensors by llama.cpp's, both without `.weight` or `.bias`. Those of layer N begin with `blk.N.`
    /// and `model.layers.N.`; where the name has a `*`, the tensor holds the matrices of all experts.
    static let tensorNames = [
        "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head",
    ]

    static let layerTensorNames = [
        "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "attn_q_norm": "self_attn.q_norm",
        "attn_k_norm": "self_attn.k_norm", "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj",
        "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj", "ffn_gate_inp": "mlp.gate",
        "ffn_gate_exps": "mlp.experts.*.gate_proj", "ffn_up_exps": "mlp.experts.*.up_proj",
        "ffn_down_exps": "mlp.experts.*.down_proj",
    ]

    /// Heads of the tensors whose rows are interleaved where ``isInterleaved``.
    static let headCounts = ["attn_q": "attention.head_count", "attn_k": "attention.head_count_kv"]
}
