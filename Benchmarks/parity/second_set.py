"""Families that have a stronger fixture, once more in other dimensions: SDAR, Dream, LLaDA-MoE."""

import sys

import torch
from backbone import SPECIAL, Fixture, Oracle, block_causal, entropy, facts, full, probability
from rules import committed_blocks, low_confidence, time_steps
from transformers import (
    Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM, Qwen3MoeConfig, Qwen3MoeForCausalLM,
)


def shape(vocabulary, hidden, heads, key_heads, width, **further):
    return {
        "vocab_size": vocabulary, "hidden_size": hidden, "num_hidden_layers": 3, "num_attention_heads": heads,
        "num_key_value_heads": key_heads, "head_dim": width, "max_position_embeddings": 128, "hidden_act": "silu",
        "tie_word_embeddings": False, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0, **further,
    }


def sdar(root):
    vocabulary, block = 136, 5
    mask_id = vocabulary - 4
    sizes = shape(vocabulary, 36, 5, 5, 14, intermediate_size=40, attention_bias=False)
    released = {
        "architectures": ["SDARForCausalLM"], "model_type": "sdar", **sizes, "block_size": block,
        "mask_token_id": mask_id, "eos_token_id": vocabulary - SPECIAL, "rope_scaling": None,
    }
    fixture = Fixture(
        root, "sdar-second", "sdar", released, facts("block_causal", vocabulary, mask_id, block=block),
        "transformers Qwen3ForCausalLM, eager, explicit block mask",
    )
    oracle = Oracle(fixture.folder, Qwen3ForCausalLM, Qwen3Config(**sizes), "sdar-second")
    oracle.check_mask(block_causal(12, block))
    ids = fixture.ordinary("len23", 23)
    fixture.add_logits("len23", [ids], oracle.logits(ids, block_causal(23, block))[None])
    ids = fixture.ordinary("cached", 15)
    fixture.add_cached("cached", ids, 10, oracle.logits(ids, block_causal(15, block))[10:])
    for name, rule, steps, threshold in [
        ("static", "low_confidence_static", 2, None), ("dynamic", "low_confidence_dynamic", 5, 0.4),
    ]:
        settings = {"gen_length": 16, "block_length": block, "denoising_steps": steps}
        if threshold:
            settings["confidence_threshold"] = threshold
        fixture.add_trace(
            name, rule, settings, 7,
            lambda prompt, margin: committed_blocks(oracle, prompt, 16, mask_id, block, steps, margin, threshold),
        )
    fixture.write()


def margin_of(row):
    best = row.double().softmax(-1).topk(2).values
    return float(best[0] - best[1])


def dream(root):
    vocabulary = 128
    mask_id = vocabulary - 6
    sizes = shape(vocabulary, 42, 7, 1, 6, intermediate_size=58)
    released = {
        "architectures": ["DreamModel"], "model_type": "Dream", **sizes, "mask_token_id": mask_id,
        "eos_token_id": vocabulary - SPECIAL, "use_sliding_window": False,
    }
    fixture = Fixture(
        root, "dream-second", "dream", released, facts("full", vocabulary, mask_id, shift=True),
        "transformers Qwen2ForCausalLM, eager, explicit full mask",
    )
    oracle = Oracle(fixture.folder, Qwen2ForCausalLM, Qwen2Config(**sizes), "dream-second")
    oracle.check_mask(full(9))
    rows = [fixture.ordinary(f"batch{i}", 19) for i in range(2)]
    fixture.add_logits("len19", rows, torch.stack([oracle.logits(ids, full(19)) for ids in rows]))
    scores = {"entropy": lambda row: -entropy(row), "maskgit_plus": probability, "topk_margin": margin_of}
    for rule, score in scores.items():
        fixture.add_trace(
            rule, rule, {"max_new_tokens": 14, "steps": 9, "eps": 1e-3}, 6,
            lambda prompt, margin: time_steps(oracle, prompt, 14, mask_id, 9, score, margin),
        )
    fixture.write()


def llada_moe(root):
    vocabulary = 120
    mask_id = vocabulary - 7
    sizes = shape(
        vocabulary, 30, 3, 3, 10, intermediate_size=40, num_experts=11, num_experts_per_tok=5, moe_intermediate_size=8,
        norm_topk_prob=False, decoder_sparse_step=1, mlp_only_layers=[], attention_bias=False,
    )
    sizes["rope_theta"], sizes["rms_norm_eps"] = 50000.0, 1e-5
    released = {
        "architectures": ["LLaDAMoEModelLM"], "model_type": "llada", **sizes, "expert_intermediate_size": 8,
        "dense_intermediate_size": 40, "qk_layernorm": True, "mask_token_id": mask_id,
        "eos_token_id": vocabulary - SPECIAL,
    }
    for key in ["moe_intermediate_size", "intermediate_size", "norm_topk_prob", "decoder_sparse_step", "mlp_only_layers"]:
        del released[key]
    fixture = Fixture(
        root, "llada-moe-second", "llada-moe", released, facts("full", vocabulary, mask_id),
        "transformers Qwen3MoeForCausalLM without renormalised weights, eager, explicit full mask",
    )
    oracle = Oracle(fixture.folder, Qwen3MoeForCausalLM, Qwen3MoeConfig(**sizes), "llada-moe-second")
    oracle.check_mask(full(9))
    ids = fixture.ordinary("len22", 22)
    fixture.add_logits("len22", [ids], oracle.logits(ids, full(22))[None])
    fixture.add_trace(
        "blocks", "low_confidence", {"gen_length": 18, "block_length": 6, "steps": 12}, 5,
        lambda prompt, margin: low_confidence(oracle, prompt, 18, mask_id, 6, 12, margin),
    )
    fixture.write()


if __name__ == "__main__":
    for make in [sdar, dream, llada_moe]:
        make(sys.argv[1])
