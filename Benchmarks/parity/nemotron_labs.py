"""Nemotron-Labs-Diffusion: Ministral 3 by other tensor names; a causal prefix and one block that sees itself."""

import sys

from backbone import SPECIAL, Fixture, Oracle, causal, causal_prefix, facts
from rules import autoregressive, seeded_blocks
from transformers import Ministral3Config, Ministral3ForCausalLM


def released_name(key):
    return key.replace("lm_head", "diffusion_head").replace("model.", "encoder.")


def main(root):
    vocabulary = 120
    mask_id = vocabulary - 5
    rope = {
        # The released kind and factors, on a context of 16 instead of 16384, so that short texts reach beyond it.
        "rope_type": "yarn", "rope_theta": 1000000.0, "factor": 16.0, "original_max_position_embeddings": 16,
        "beta_fast": 32.0, "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0, "llama_4_scaling_beta": 0.1,
    }
    shape = {
        "vocab_size": vocabulary, "hidden_size": 36, "num_hidden_layers": 3, "num_attention_heads": 6,
        "num_key_value_heads": 3, "head_dim": 10, "intermediate_size": 44, "max_position_embeddings": 256,
        "rms_norm_eps": 1e-5, "hidden_act": "silu", "tie_word_embeddings": False,
    }
    released = {
        "architectures": ["NemotronLabsDiffusionModel"], "model_type": "nemotron_labs_diffusion", **shape,
        "rope_parameters": rope, "attention_bias": False, "mlp_bias": False, "sliding_window": None,
        "mask_token_id": mask_id, "eos_token_id": vocabulary - SPECIAL, "block_size": 32,
        "dlm_paradigm": "bidirectional",
    }
    fixture = Fixture(
        root, "nemotron-labs", "nemotron-labs", released, facts("causal_prefix", vocabulary, mask_id),
        "transformers Ministral3ForCausalLM, eager, explicit masks",
    )
    config = Ministral3Config(**shape, rope_parameters=dict(rope))
    oracle = Oracle(fixture.folder, Ministral3ForCausalLM, config, "nemotron-labs", released_name)
    oracle.check_mask(causal_prefix(12, 7))
    ids = fixture.ordinary("len60", 60)
    fixture.add_logits("len60", [ids], oracle.logits(ids, causal(60))[None])
    for name, prefix, length in [("cached_short", 3, 8), ("cached_beyond_original", 21, 31)]:
        ids = fixture.ordinary(name, length)
        ids[prefix + 2 :] = [mask_id] * (length - prefix - 2)
        fixture.add_cached(name, ids, prefix, oracle.logits(ids, causal_prefix(length, prefix))[prefix:])
    for name, block, threshold in [("block8", 8, 0.9), ("block6_loose", 6, 0.4)]:
        settings = {"gen_length": 24, "block_length": block, "threshold": threshold}
        fixture.add_trace(
            name, "seeded_blocks", settings, 5,
            lambda prompt, margin: seeded_blocks(oracle, prompt, 24, mask_id, block, threshold, margin),
        )
    for name, rule in [("greedy", "autoregressive"), ("self_speculation", "lossless")]:
        fixture.add_trace(
            name, rule, {"max_new_tokens": 24}, 7,
            lambda prompt, margin: autoregressive(oracle, prompt, 24, margin),
        )
    fixture.write()


if __name__ == "__main__":
    main(sys.argv[1])
