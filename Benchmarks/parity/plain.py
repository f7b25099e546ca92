"""Plain causal checkpoints: Qwen2, Qwen3, Qwen3-MoE, and Llama with the frequencies of Llama 3.1."""

import sys

from backbone import SPECIAL, Fixture, Oracle, causal, facts
from rules import autoregressive
from transformers import (
    LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM, Qwen3MoeConfig,
    Qwen3MoeForCausalLM,
)

LLAMA3 = {
    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
MODELS = [
    ("qwen2", "Qwen2ForCausalLM", Qwen2ForCausalLM, Qwen2Config, dict(
        hidden_size=40, num_attention_heads=5, num_key_value_heads=1, intermediate_size=44, tie_word_embeddings=True,
        use_sliding_window=False, max_window_layers=3)),
    ("qwen3", "Qwen3ForCausalLM", Qwen3ForCausalLM, Qwen3Config, dict(
        hidden_size=36, num_attention_heads=7, num_key_value_heads=7, head_dim=6, intermediate_size=52,
        tie_word_embeddings=False, attention_bias=False)),
    ("qwen3-moe", "Qwen3MoeForCausalLM", Qwen3MoeForCausalLM, Qwen3MoeConfig, dict(
        hidden_size=28, num_attention_heads=3, num_key_value_heads=1, head_dim=10, intermediate_size=40,
        tie_word_embeddings=False, num_experts=7, num_experts_per_tok=3, moe_intermediate_size=12, norm_topk_prob=True,
        decoder_sparse_step=1, mlp_only_layers=[])),
    ("llama", "LlamaForCausalLM", LlamaForCausalLM, LlamaConfig, dict(
        hidden_size=42, num_attention_heads=3, num_key_value_heads=3, head_dim=14, intermediate_size=50,
        tie_word_embeddings=False, attention_bias=False, mlp_bias=False, rope_scaling=LLAMA3, rms_norm_eps=1e-5)),
]


def main(root):
    for number, (name, architecture, backbone, config, sizes) in enumerate(MODELS):
        vocabulary = 104 + 8 * number
        shape = {
            "vocab_size": vocabulary, "num_hidden_layers": 3, "max_position_embeddings": 128, "rope_theta": 10000.0,
            "hidden_act": "silu", "rms_norm_eps": 1e-6, **sizes,
        }
        released = {
            "architectures": [architecture], "model_type": name.replace("-", "_"), **shape,
            "eos_token_id": vocabulary - SPECIAL,
        }
        fixture = Fixture(
            root, name, name, released, facts("causal", vocabulary, vocabulary - 1),
            f"transformers {architecture}, eager, explicit causal mask",
        )
        oracle = Oracle(fixture.folder, backbone, config(**shape), name)
        oracle.check_mask(causal(11))
        for case, length in [("len1", 1), ("len50", 50)]:
            ids = fixture.ordinary(case, length)
            fixture.add_logits(case, [ids], oracle.logits(ids, causal(length))[None])
        fixture.add_trace(
            "greedy", "autoregressive", {"max_new_tokens": 20}, 6,
            lambda prompt, margin: autoregressive(oracle, prompt, 20, margin),
        )
        fixture.write()


if __name__ == "__main__":
    main(sys.argv[1])
