"""WeDLM: Qwen3 (8B) or Qwen2 (7B), causal over written tokens and masks in another order than the text's."""

import sys

from backbone import SPECIAL, Fixture, Oracle, causal, facts
from rules import autoregressive, sliding_window
from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

MODELS = [
    ("wedlm-8b", Qwen3ForCausalLM, Qwen3Config, 40, 3, 1, 12, {"attention_bias": False, "qk_norm": True}),
    ("wedlm-7b", Qwen2ForCausalLM, Qwen2Config, 48, 4, 2, 12, {"attention_bias": True, "qk_norm": False}),
]


def main(root):
    for name, backbone, config, hidden, heads, key_heads, width, switches in MODELS:
        vocabulary = 128
        mask_id = vocabulary - 2
        shape = {
            "vocab_size": vocabulary, "hidden_size": hidden, "num_hidden_layers": 2, "num_attention_heads": heads,
            "num_key_value_heads": key_heads, "head_dim": width, "intermediate_size": 56, "max_position_embeddings": 128,
            "rope_theta": 1000000.0, "rms_norm_eps": 1e-6, "hidden_act": "silu", "tie_word_embeddings": False,
        }
        released = {
            "architectures": ["WeDLMForCausalLM"], "model_type": "wedlm", **shape, **switches,
            "use_sliding_window": False, "rope_scaling": None, "mask_token_id": mask_id,
            "eos_token_id": vocabulary - SPECIAL,
        }
        fixture = Fixture(
            root, name, "wedlm", released, facts("causal_reordered", vocabulary, mask_id),
            f"transformers {backbone.__name__}, eager, explicit causal mask, position_ids by place in the text",
        )
        stock = config(**shape, attention_bias=False) if switches["qk_norm"] else config(**shape)
        oracle = Oracle(fixture.folder, backbone, stock, name)
        oracle.check_mask(causal(9))
        places = [0, 1, 2, 3, 4, 5, 7, 10, 11, 6, 8, 9, 12, 13]
        ids = fixture.ordinary("reordered", 9) + [mask_id] * 5
        fixture.add_logits("reordered", [ids], oracle.logits(ids, causal(14), places)[None], [places])
        plans = [("window16", 30, 16, 0.6, 0.02), ("window5_loose", 18, 5, 2.8, 0.1), ("one_by_one", 9, 6, 0.0, 0.02)]
        for trace, count, window, threshold, penalty in plans:
            settings = {
                "gen_length": count, "block_length": window, "entropy_threshold": threshold, "position_penalty": penalty,
            }
            fixture.add_trace(
                trace, "sliding_window", settings, 6,
                lambda prompt, margin: sliding_window(
                    oracle, prompt, count, mask_id, window, threshold, penalty, margin
                ),
            )
        fixture.add_trace(
            "greedy", "autoregressive", {"max_new_tokens": 12}, 6,
            lambda prompt, margin: autoregressive(oracle, prompt, 12, margin),
        )
        fixture.write()


if __name__ == "__main__":
    main(sys.argv[1])
