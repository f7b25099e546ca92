"""DreamOn: a tiny Dream checkpoint, holes that grow and shrink, and holes of fixed length.

Written from the description of the family and from what its released sampler does (DreamOn-v0-7B, generation_utils), in
numpy; no code of theirs is here.

    python3 dreamon.py FOLDER
"""

import sys

import numpy as np

from oracle import Margins, Weights, attend, rms_norm, rotate, silu, softmax, write_fixture

LAYERS, HIDDEN, HEADS, KV, DIM, FFN, VOCAB, THETA, EPS = 2, 48, 6, 3, 8, 88, 152, 1000000.0, 1e-6
ORDINARY, BOS, EOS, MASK, EXPAND = 144, 145, 146, 147, 148

CONFIG = {
    "architectures": ["DreamModel"], "model_type": "Dream", "bos_token_id": BOS, "eos_token_id": EOS,
    "expand_token_id": EXPAND, "mask_token_id": MASK, "pad_token_id": EOS, "hidden_act": "silu", "hidden_size": HIDDEN,
    "intermediate_size": FFN, "max_position_embeddings": 256, "num_attention_heads": HEADS, "num_hidden_layers": LAYERS,
    "num_key_value_heads": KV, "rms_norm_eps": EPS, "rope_scaling": None, "rope_theta": THETA,
    "tie_word_embeddings": False, "use_sliding_window": False, "vocab_size": VOCAB,
}


def make_weights(seed):
    w = Weights(seed)
    w.add("model.embed_tokens.weight", VOCAB, HIDDEN)
    for n in range(LAYERS):
        at = f"model.layers.{n}."
        w.add(at + "input_layernorm.weight", HIDDEN, scale=0.3, mean=1)
        w.add(at + "post_attention_layernorm.weight", HIDDEN, scale=0.3, mean=1)
        for name, rows in (("q", HEADS * DIM), ("k", KV * DIM), ("v", KV * DIM)):
            w.add(f"{at}self_attn.{name}_proj.weight", rows, HIDDEN, scale=1.5 * HIDDEN**-0.5)
            w.add(f"{at}self_attn.{name}_proj.bias", rows, scale=0.5)
        w.add(at + "self_attn.o_proj.weight", HIDDEN, HEADS * DIM, scale=2 * HIDDEN**-0.5)
        w.add(at + "mlp.gate_proj.weight", FFN, HIDDEN, scale=HIDDEN**-0.5)
        w.add(at + "mlp.up_proj.weight", FFN, HIDDEN, scale=HIDDEN**-0.5)
        w.add(at + "mlp.down_proj.weight", HIDDEN, FFN, scale=2 * FFN**-0.5)
    w.add("model.norm.weight", HIDDEN, scale=0.3, mean=1)
    w.add("lm_head.weight", VOCAB, HIDDEN, scale=3 * HIDDEN**-0.5)
    head = dict.__getitem__(w, "lm_head.weight")
    head[ORDINARY:] *= 0.2
    # These are to be predicted often.
    head[EOS] *= 9
    head[EXPAND] *= 10
    return w


def forward(w, ids):
    positions = np.arange(len(ids))
    visible = np.ones((len(ids), len(ids)), bool)
    x = w["model.embed_tokens.weight"][ids]
    for n in range(LAYERS):
        at = f"model.layers.{n}."
        y = rms_norm(x, w[at + "input_layernorm.weight"], EPS)

        def heads(name):
            rows = y @ w[f"{at}self_attn.{name}_proj.weight"].T + w[f"{at}self_attn.{name}_proj.bias"]
            return rows.reshape(len(ids), -1, DIM)

        q, k = (rotate(heads(name), positions, DIM, THETA) for name in "qk")
        x = x + attend(q, k, heads("v"), visible) @ w[at + "self_attn.o_proj.weight"].T
        y = rms_norm(x, w[at + "post_attention_layernorm.weight"], EPS)
        inner = silu(y @ w[at + "mlp.gate_proj.weight"].T) * (y @ w[at + "mlp.up_proj.weight"].T)
        x = x + inner @ w[at + "mlp.down_proj.weight"].T
    return rms_norm(x, w["model.norm.weight"], EPS) @ w["lm_head.weight"].T


def shifted(logits):
    return np.concatenate([logits[:1], logits[:-1]])


def confidences(logits, rule):
    odds = softmax(logits)
    order = np.sort(odds, -1)
    if rule == "maskgit_plus":
        return order[:, -1]
    if rule == "topk_margin":
        return order[:, -1] - order[:, -2]
    return (odds * np.log(odds + 1e-10)).sum(-1)


def fill(w, prefix, suffix, alg, start, most, budget, to_the_right, give_up):
    """A hole of variable length: states, margins, events."""
    tokens = list(prefix) + [MASK] * start + list(suffix)
    hole, margins, events, states = start, Margins(), {}, [list(tokens)]
    while MASK in tokens[len(prefix):len(prefix) + hole]:
        masks = [i for i in range(len(prefix), len(prefix) + hole) if tokens[i] == MASK]
        logits = shifted(forward(w, tokens))[masks]
        if hole == most or budget == 0:
            blocked = logits.argmax(-1) == EXPAND
            if blocked.any():
                events["expand_blocked"] = events.get("expand_blocked", 0) + 1
            logits[:, EXPAND] = -np.inf
        scores = confidences(logits, alg)
        margins.rank(scores, 1)
        chosen = int(scores.argmax())
        margins.token(logits[chosen])
        token, place = int(logits[chosen].argmax()), masks[chosen]
        assert token != MASK
        if token == EOS:
            gone = [i for i in masks if i >= place] if to_the_right else [place]
            tokens = [t for i, t in enumerate(tokens) if i not in gone]
            hole -= len(gone)
            events["deleted"] = events.get("deleted", 0) + len(gone)
        elif token == EXPAND:
            tokens[place:place + 1] = [MASK, MASK]
            hole += 1
            budget -= 1
            events["expanded"] = events.get("expanded", 0) + 1
        else:
            tokens[place] = token
        states.append(list(tokens))
        if margins.least < give_up:
            return None
    assert tokens[:len(prefix)] == list(prefix) and tokens[len(prefix) + hole:] == list(suffix)
    return states, margins, events


def fill_fixed(w, prefix, suffix, rule, settings, give_up):
    """A hole of fixed length, by Dream's schedule over all of it or by a threshold block by block."""
    length = settings["max_new_tokens"]
    block = settings.get("block_length", length)
    tokens = list(prefix) + [MASK] * length + list(suffix)
    margins, states = Margins(), [list(tokens)]
    for first in range(len(prefix), len(prefix) + length, block):
        step = 0
        while MASK in tokens[first:first + block]:
            masks = [i for i in range(first, first + block) if tokens[i] == MASK]
            logits = shifted(forward(w, tokens))[masks]
            scores = confidences(logits, "maskgit_plus" if rule == "threshold" else rule)
            if rule == "threshold":
                for score in scores:
                    margins.note("threshold", abs(score - settings["threshold"]))
                count = max(1, int((scores >= settings["threshold"]).sum()))
            else:
                steps = settings["steps"]
                times = np.linspace(1, settings["eps"], steps + 1)
                share = len(masks) * (1 - times[step + 1] / times[step])
                count = int(share) if step + 1 < steps else len(masks)
                if step + 1 < steps:
                    margins.note("count", 4 * abs(share - round(share)))
            step += 1
            order = np.argsort(-scores, kind="stable")[:count]
            if count:
                margins.rank(scores, count)
            for i in order:
                margins.token(logits[i])
                tokens[masks[i]] = int(logits[i].argmax())
                assert tokens[masks[i]] != MASK
            states.append(list(tokens))
            if margins.least < give_up:
                return None
    return states, margins, {}


VARIABLE = [
    ("grows_and_shrinks", dict(alg="entropy", start_masks=4, max_new_tokens=16, expand_budget=12), 9, 6,
     {"expanded": 3, "deleted": 2}),
    ("budget_is_spent", dict(alg="maskgit_plus", start_masks=5, max_new_tokens=16, expand_budget=2), 7, 9,
     {"expanded": 2, "expand_blocked": 1}),
    ("hole_is_full", dict(alg="topk_margin", start_masks=3, max_new_tokens=5, expand_budget=20), 11, 4,
     {"expanded": 2, "expand_blocked": 1}),
    ("deletes_to_the_right", dict(alg="entropy", start_masks=7, max_new_tokens=12, expand_budget=8,
                                  pad_delete_to_right=True), 8, 5, {"deleted": 3}),
    ("one_token_before", dict(alg="entropy", start_masks=4, max_new_tokens=8, expand_budget=8), 1, 12, {"deleted": 1}),
    ("nothing_behind", dict(alg="entropy", start_masks=4, max_new_tokens=12, expand_budget=12), 10, 0, {"expanded": 1}),
]
FIXED = [
    ("fixed_entropy", "entropy", dict(max_new_tokens=9, steps=6, eps=1e-3), 8, 7),
    ("fixed_topk_margin", "topk_margin", dict(max_new_tokens=7, steps=7, eps=1e-3), 5, 6),
    ("fixed_threshold", "threshold", dict(max_new_tokens=10, block_length=4, threshold=0.4), 6, 8),
]


def main(folder):
    seed = "dreamon/1"
    w = make_weights(seed)
    random = np.random.default_rng(5)
    tensors, logits = {}, []
    for name, length in (("len1", 1), ("len9", 9), ("len31", 31)):
        ids = random.integers(0, ORDINARY, length)
        ids[random.random(length) < 0.3] = MASK
        tensors[f"{name}.input_ids"], tensors[f"{name}.logits"] = ids[None], forward(w, ids)[None]
        logits.append({"name": name, "input_ids": f"{name}.input_ids", "logits": f"{name}.logits"})
    # Attention is full: the last token moves the first row.
    other = ids.copy()
    other[-1] = (ids[-1] + 1) % ORDINARY
    assert np.abs(forward(w, other)[0] - tensors["len31.logits"][0, 0]).max() > 1e-3

    def search(name, run, prefix_length, suffix_length, wanted):
        for attempt in range(4000):
            # The end marker stands behind what is given, as the released prompts have it.
            suffix = random.integers(0, ORDINARY, suffix_length).tolist() + [EOS]
            prefix = ([BOS] + random.integers(0, ORDINARY, prefix_length - 1).tolist()) if prefix_length else []
            found = run(prefix, suffix)
            if found and all(found[2].get(key, 0) >= count for key, count in wanted.items()):
                print(name, attempt, len(found[0]) - 1, found[1].rounded(), found[2], flush=True)
                return prefix, suffix, found
        raise SystemExit(f"no prompt for {name}")

    traces = []

    def add(name, rule, settings, prefix, suffix, found):
        states, margins, events = found
        traces.append({"name": name, "rule": rule, "settings": settings, "prompt": prefix, "suffix": suffix,
                       "forwards": len(states) - 1, "margins": margins.rounded(), "events": events, "states": states})

    for name, settings, before, behind, wanted in VARIABLE:
        prefix, suffix, found = search(
            name,
            lambda prefix, suffix: fill(w, prefix, suffix, settings["alg"], settings["start_masks"],
                                        settings["max_new_tokens"], settings["expand_budget"],
                                        settings.get("pad_delete_to_right", False), 0.002),
            before, behind, wanted)
        settings = dict(settings, number_transfer_tokens=1, delete_token_id=EOS, expand_token_id=EXPAND, temperature=0)
        add(name, "dreamon", settings, prefix, suffix, found)
    ends = []
    for name, rule, settings, before, behind in FIXED:
        prefix, suffix, found = search(
            name, lambda prefix, suffix: fill_fixed(w, prefix, suffix, rule, settings, 0.002), before, behind, {})
        add(name, rule, settings, prefix, suffix, found)
        # The text again, as if one of its tokens were the end marker.
        text = found[0][-1][len(prefix):-len(suffix)]
        end = text[len(text) // 2]
        if rule != "threshold":
            ends.append({"trace": name, "variant": "hole trimmed", "end_token_id": end,
                         "returned": text[:text.index(end) + 1]})
    cases = {
        "format_version": 1, "family": "dreamon", "seed": seed,
        "model": {"attention": "full", "shift": True, "vocab_size": VOCAB, "mask_token_id": MASK, "eos_token_id": EOS,
                  "ordinary_token_ids_below": ORDINARY},
        "reference": ["numpy float64, written from the description: weaker evidence"],
        "logits_max_abs": round(float(np.abs(tensors["len31.logits"]).max()), 4),
        "logits": logits, "traces": traces, "end_token_cases": ends,
    }
    generation = {"bos_token_id": BOS, "eos_token_id": EOS, "mask_token_id": MASK, "pad_token_id": EOS}
    write_fixture(folder, CONFIG, generation, dict(dict.items(w)), cases, tensors)


main(sys.argv[1])
