import Common

/// A family of released models: what its checkpoints call things, and what their `config.json` does not say.
///
/// All run on the one network of this layer; a family is a row of ``Family/all``.
package struct Family: Sendable {
    package enum Attention: Sendable, Equatable {
        case causal, full
        /// Causal; behind it stands one canvas whose tokens see each other. The causal stream writes as well.
        case canvas
        /// Causal in another order than the text's: what is written comes before the masks.
        case reordered
        /// Block-causal; the block size stands under a key of `config.json`, or is this.
        case blocks(key: String?, size: Int)
    }

    /// Tokens that change the length of a text: keys of the configuration, spellings, ids in the released vocabulary.
    package struct LengthMarkers: Sendable {
        package struct Marker: Sendable {
            package let key: String
            package var text: String?
            package var id: Int?
        }

        /// Puts a mask before a token.
        package let insert: Marker
        /// Takes a token out; nil where the end marker does.
        package let delete: Marker?
        /// The released ids mean something in checkpoints that state this key.
        package let sign: String?
    }

    package let name: String
    /// Values of `architectures` in `config.json`, which decide; several families share a `model_type`.
    package let architectures: [String]
    package let attention: Attention
    /// Id of the mask token in the released models, where `config.json` has no `mask_token_id`; nil for models without one.
    package let maskToken: Int?
    package var shiftsLogits = false
    /// Checkpoints whose `config.json` names no mask token are plain causal models of the same architecture.
    package var isCausalWithoutMask = false
    package var attentionBias = false
    package var queryKeyNorm = false
    package var router: MixtureOfExperts.Router?
    /// Whether the output head is the embedding, where `config.json` does not say.
    package var tiedEmbedding = false
    /// The usual key of `config.json` → this family's.
    package var keys: [String: String] = [:]
    /// Parts of the usual tensor names → this family's, replaced in this order.
    package var names: [(usual: String, own: String)] = []
    /// The one tensor that holds the rows of queries, keys and values of a layer, where there is one.
    package var fusedQueryKeyValue: String?
    /// How its checkpoints name tokens that change the length of a text, where they have them.
    package var lengthMarkers: LengthMarkers?
    /// Where a checkpoint of this family can be had.
    package var examples = ""
}

extension Family {
    package static let all: [Family] = [
        Family(
            name: "LLaDA",
            architectures: ["LLaDAModelLM"],
            attention: .full,
            maskToken: 126_336,
            keys: [
                "hidden_size": "d_model", "num_hidden_layers": "n_layers", "num_attention_heads": "n_heads",
                "num_key_value_heads": "n_kv_heads", "intermediate_size": "mlp_hidden_size",
                "max_position_embeddings": "max_sequence_length", "tie_word_embeddings": "weight_tying",
            ],
            names: [
                ("model.embed_tokens", "model.transformer.wte"), ("model.norm", "model.transformer.ln_f"),
                ("lm_head", "model.transformer.ff_out"), ("model.layers.", "model.transformer.blocks."),
                ("self_attn.o_proj", "attn_out"), ("self_attn.", ""), ("mlp.gate_proj", "ff_proj"),
                ("mlp.down_proj", "ff_out"), ("mlp.", ""), ("input_layernorm", "attn_norm"),
                ("post_attention_layernorm", "ff_norm"),
            ],
            examples: "GSAI-ML/LLaDA-8B-Instruct, LLaDA-1.5"
        ),
        Family(
            name: "iLLaDA",
            architectures: ["ILLaDAModelLM"],
            attention: .full,
            maskToken: 5,
            tiedEmbedding: true,
            examples: "iLLaDA-8B"
        ),
        Family(
            name: "Dream",
            architectures: ["DreamModel"],
            attention: .full,
            maskToken: 151_666,
            shiftsLogits: true,
            attentionBias: true,
            lengthMarkers: .init(
                insert: .init(key: "expand_token_id", text: "<|expand|>"),
                delete: nil,
                sign: nil
            ),
            examples: "Dream-v0-7B, Dream-Coder-v0-7B, DiffuCoder-7B, DreamOn-v0-7B"
        ),
        Family(
            name: "Open-dCoder",
            architectures: ["Qwen2ForCausalLM"],
            attention: .full,
            maskToken: 151_665,
            shiftsLogits: true,
            isCausalWithoutMask: true,
            attentionBias: true,
            tiedEmbedding: true,
            examples: "fredzzp/open-dcoder-0.5B; plain Qwen2 checkpoints in mode autoregressive"
        ),
        Family(
            name: "Tiny-A2D (Qwen3)",
            architectures: ["A2DQwen3LMHeadModel"],
            attention: .full,
            maskToken: nil,
            queryKeyNorm: true,
            examples: "dllm-hub/Qwen3-0.6B-diffusion-mdlm-v0.1; block-causal 32 for -bd3lm-"
        ),
        Family(
            name: "Tiny-A2D (Qwen2)",
            architectures: ["A2DQwen2LMHeadModel"],
            attention: .full,
            maskToken: nil,
            attentionBias: true,
            tiedEmbedding: true,
            examples: "dllm-hub/Qwen2.5-Coder-0.5B-Instruct-diffusion-mdlm-v0.1"
        ),
        Family(
            name: "SDAR",
            architectures: ["SDARForCausalLM"],
            attention: .blocks(key: "block_size", size: 4),
            maskToken: 151_669,
            queryKeyNorm: true,
            examples: "JetLM/SDAR-1.7B-Chat, TraDo"
        ),
        Family(
            name: "SDAR-MoE",
            architectures: ["SDARMoeForCausalLM"],
            attention: .blocks(key: "block_size", size: 4),
            maskToken: 151_669,
            queryKeyNorm: true,
            router: .normalizedSoftmax,
            examples: "JetLM/SDAR-30B-A3B-Chat"
        ),
        Family(
            name: "Stable-DiffCoder",
            architectures: ["StableDiffcoderForCausalLM"],
            attention: .blocks(key: "block_size", size: 4),
            maskToken: 5,
            examples: "ByteDance-Seed/Stable-DiffCoder-8B-Instruct"
        ),
        Family(
            name: "Fast-dLLM v2",
            architectures: ["Fast_dLLM_QwenForCausalLM"],
            attention: .blocks(key: "bd_size", size: 32),
            maskToken: 151_665,
            shiftsLogits: true,
            attentionBias: true,
            tiedEmbedding: true,
            examples: "Efficient-Large-Model/Fast_dLLM_v2_1.5B"
        ),
        Family(
            name: "LLaDA-MoE",
            architectures: ["LLaDAMoEModelLM", "LLaDAMoEModel"],
            attention: .full,
            maskToken: 156_895,
            queryKeyNorm: true,
            router: .softmax,
            keys: [
                "moe_intermediate_size": "expert_intermediate_size", "intermediate_size": "dense_intermediate_size",
            ],
            names: [("mlp.gate.expert_bias", "mlp.expert_bias")],
            examples: "inclusionAI/LLaDA-MoE-7B-A1B-Instruct"
        ),
        Family(
            name: "LLaDA2",
            architectures: ["LLaDA2MoeModelLM"],
            attention: .blocks(key: "block_size", size: 32),
            maskToken: 156_895,
            queryKeyNorm: true,
            router: .groupedSigmoid,
            names: [
                ("model.embed_tokens", "model.word_embeddings"), ("self_attn.o_proj", "attention.dense"),
                ("self_attn.q_norm", "attention.query_layernorm"), ("self_attn.k_norm", "attention.key_layernorm"),
            ],
            fusedQueryKeyValue: "attention.query_key_value.weight",
            lengthMarkers: .init(
                insert: .init(key: "split_token_id", id: 156_931),
                delete: .init(key: "delete_token_id", id: 156_930),
                sign: "expert_capacity"
            ),
            examples: "inclusionAI/LLaDA2.0-mini, LLaDA2.1-mini, LLaDA2.2-mini"
        ),
        Family(
            name: "RND1",
            architectures: ["RND1LM"],
            attention: .full,
            maskToken: 151_669,
            shiftsLogits: true,
            queryKeyNorm: true,
            router: .normalizedSoftmax,
            examples: "radicalnumerics/RND1-Base-0910"
        ),
        Family(
            name: "Nemotron-Labs-Diffusion",
            architectures: ["NemotronLabsDiffusionModel"],
            attention: .canvas,
            maskToken: 100,
            names: [("model.", "encoder."), ("lm_head", "diffusion_head")],
            examples: "nvidia/Nemotron-Labs-Diffusion-8B"
        ),
        Family(
            name: "WeDLM",
            architectures: ["WeDLMForCausalLM", "WeDLMForDiffusionLM"],
            attention: .reordered,
            maskToken: 151_665,
            attentionBias: true,
            examples: "tencent/WeDLM-8B-Instruct, WeDLM-7B"
        ),
        Family(
            name: "Qwen3-MoE",
            architectures: ["Qwen3MoeForCausalLM"],
            attention: .causal,
            maskToken: nil,
            queryKeyNorm: true,
            router: .normalizedSoftmax,
            examples: "Qwen/Qwen3-30B-A3B, mode autoregressive"
        ),
        Family(
            name: "Qwen3",
            architectures: ["Qwen3ForCausalLM"],
            attention: .causal,
            maskToken: nil,
            queryKeyNorm: true,
            examples: "Qwen/Qwen3-0.6B, mode autoregressive"
        ),
        Family(
            name: "Llama",
            architectures: ["LlamaForCausalLM"],
            attention: .causal,
            maskToken: nil,
            examples: "meta-llama/Llama-3.2-1B, mode autoregressive"
        ),
    ]

    /// - Throws: for an architecture that no row has; the error lists those that are known.
    package static func named(_ architectures: [String], in file: String) throws -> Family {
        if let family = all.first(where: { !Set($0.architectures).isDisjoint(with: architectures) }) { return family }
        let found = architectures.isEmpty ? "no architecture" : "'\(architectures.joined(separator: "', '"))'"
        throw CinnabarError(
            .unsupported,
            "\(file) names \(found), which this build does not know",
            hint: "known are cinnabar, \(all.flatMap(\.architectures).joined(separator: ", "))"
        )
    }
}
