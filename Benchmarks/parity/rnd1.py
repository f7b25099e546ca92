"""RND1: a Qwen3-MoE that attends in both directions, logits shifted, written by entropy."""

import sys

import torch
from backbone import SPECIAL, Fixture, Oracle, facts, full
from rules import entropy_keep
from transformers import Qwen3MoeConfig, Qwen3MoeForCausalLM


def main(root):
    vocabulary = 112
    mask_id = vocabulary - 3
    shape = {
        "vocab_size": vocabulary, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 5,
        "num_key_value_heads": 5, "head_dim": 8, "intermediate_size": 40, "moe_intermediate_size": 10, "num_experts": 9,
        "num_experts_per_tok": 4, "norm_topk_prob": True, "decoder_sparse_step": 1, "mlp_only_layers": [],
        "max_position_embeddings": 128, "rope_theta": 1000000.0, "rms_norm_eps": 1e-6, "hidden_act": "silu",
        "tie_word_embeddings": False, "attention_bias": False,
    }
    released = {
        "architectures": ["RND1LM"], "model_type": "rnd1", **shape, "mask_token_id": mask_id,
        "eos_token_id": vocabulary - SPECIAL, "num_diffusion_steps": 256,
    }
    fixture = Fixture(
        root, "rnd1", "rnd1", released, facts("full", vocabulary, mask_id, shift=True),
        "transformers Qwen3MoeForCausalLM, eager, explicit full mask",
    )
    oracle = Oracle(fixture.folder, Qwen3MoeForCausalLM, Qwen3MoeConfig(**shape), "rnd1")
    oracle.check_mask(full(9))
    rows = [fixture.ordinary(f"batch{i}", 21) for i in range(2)]
    rows[1][5:] = [mask_id] * 16
    fixture.add_logits("len21", rows, torch.stack([oracle.logits(ids, full(21)) for ids in rows]))
    for name, count, steps in [("one_per_step", 12, 12), ("uneven", 20, 6), ("more_steps_than_masks", 6, 9)]:
        fixture.add_trace(
            name, "entropy_keep", {"gen_length": count, "steps": steps}, 5,
            lambda prompt, margin: entropy_keep(oracle, prompt, count, mask_id, steps, margin),
        )
    fixture.write()


if __name__ == "__main__":
    main(sys.argv[1])
