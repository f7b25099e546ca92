"""LLaDA2.2: a tiny checkpoint with routing by block, and texts decoded by the joint threshold with insertions and deletions.

Written from the description of the family and from what sglang 0.5.23 does (srt/models/llada2.py, block_topk_triton;
srt/dllm/algorithm/joint_threshold_indel.py), in numpy; no code of theirs is here.

    python3 llada22.py FOLDER
"""

import sys

import numpy as np

from oracle import Margins, Weights, attend, rms_norm, rotate, silu, softmax, write_fixture

BLOCK, LAYERS, HIDDEN, HEADS, KV, DIM, ROTARY = 8, 3, 40, 5, 1, 12, 6
EXPERTS, TOP, CAPACITY, WIDTH, DENSE, VOCAB, THETA, EPS = 14, 3, 5, 10, 64, 168, 600000.0, 1e-6
ORDINARY, BOS, EOS, MASK, DELETE, SPLIT = 160, 161, 162, 163, 164, 165

CONFIG = {
    "architectures": ["LLaDA2MoeModelLM"], "model_type": "llada2_moe", "block_size": BLOCK, "expert_capacity": CAPACITY,
    "delete_token_id": DELETE, "split_token_id": SPLIT, "eos_token_id": EOS, "pad_token_id": EOS,
    "first_k_dense_replace": 1, "head_dim": DIM, "hidden_act": "silu", "hidden_size": HIDDEN, "intermediate_size": DENSE,
    "max_position_embeddings": 512, "moe_intermediate_size": WIDTH, "moe_router_enable_expert_bias": True, "n_group": 7,
    "topk_group": 2, "norm_head": False, "norm_topk_prob": True, "num_attention_heads": HEADS, "num_experts": EXPERTS,
    "num_experts_per_tok": TOP, "num_hidden_layers": LAYERS, "num_key_value_heads": KV, "num_shared_experts": 1,
    "partial_rotary_factor": 0.5, "rms_norm_eps": EPS, "rope_scaling": None, "rope_theta": THETA, "rotary_dim": ROTARY,
    "routed_scaling_factor": 2.5, "router_dtype": "fp32", "score_function": "sigmoid", "tie_word_embeddings": False,
    "use_bias": False, "use_qk_norm": True, "use_qkv_bias": False, "use_sliding_window": False, "vocab_size": VOCAB,
}


def make_weights(seed):
    w = Weights(seed)
    w.add("model.word_embeddings.weight", VOCAB, HIDDEN)
    for n in range(LAYERS):
        at = f"model.layers.{n}."
        w.add(at + "input_layernorm.weight", HIDDEN, scale=0.3, mean=1)
        w.add(at + "post_attention_layernorm.weight", HIDDEN, scale=0.3, mean=1)
        w.add(at + "attention.query_key_value.weight", (HEADS + 2 * KV) * DIM, HIDDEN, scale=HIDDEN**-0.5)
        w.add(at + "attention.dense.weight", HIDDEN, HEADS * DIM, scale=(HEADS * DIM) ** -0.5)
        w.add(at + "attention.query_layernorm.weight", DIM, scale=0.3, mean=1.5)
        w.add(at + "attention.key_layernorm.weight", DIM, scale=0.3, mean=1.5)

        def gated(name, width):
            w.add(f"{at}mlp.{name}gate_proj.weight", width, HIDDEN, scale=HIDDEN**-0.5)
            w.add(f"{at}mlp.{name}up_proj.weight", width, HIDDEN, scale=HIDDEN**-0.5)
            w.add(f"{at}mlp.{name}down_proj.weight", HIDDEN, width, scale=2 * width**-0.5)

        if n == 0:
            gated("", DENSE)
            continue
        w.add(at + "mlp.gate.weight", EXPERTS, HIDDEN, scale=1.5 * HIDDEN**-0.5)
        w.add(at + "mlp.gate.expert_bias", EXPERTS, scale=0.1)
        for expert in range(EXPERTS):
            gated(f"experts.{expert}.", WIDTH)
        gated("shared_experts.", WIDTH)
    w.add("model.norm.weight", HIDDEN, scale=0.3, mean=1)
    w.add("lm_head.weight", VOCAB, HIDDEN, scale=3 * HIDDEN**-0.5)
    head = dict.__getitem__(w, "lm_head.weight")
    head[ORDINARY:] *= 0.2
    # These are to be predicted often.
    for token, factor in ((MASK, 12), (DELETE, 7), (SPLIT, 9)):
        head[token] *= factor
    return w


def mixture(w, at, x, pooled):
    """Rows of a sequence from position 0 through the experts; the smallest distance of a choice from another one."""
    scores = 1 / (1 + np.exp(-x @ w[at + "mlp.gate.weight"].T))
    biased = scores + w[at + "mlp.gate.expert_bias"]
    out = np.zeros_like(x)
    margin = np.inf

    def mlp(name, x):
        inner = silu(x @ w[f"{at}mlp.{name}gate_proj.weight"].T) * (x @ w[f"{at}mlp.{name}up_proj.weight"].T)
        return inner @ w[f"{at}mlp.{name}down_proj.weight"].T

    for first in range(0, len(x), BLOCK):
        rows = range(first, min(first + BLOCK, len(x)))
        most = biased[rows.start:rows.stop].max(0)
        order = np.argsort(-most, kind="stable")
        pool = np.sort(order[:CAPACITY]) if pooled else np.arange(EXPERTS)
        if pooled:
            margin = min(margin, most[order[CAPACITY - 1]] - most[order[CAPACITY]])
        for row in rows:
            best = pool[np.argsort(-biased[row, pool], kind="stable")]
            if len(best) > TOP:
                margin = min(margin, biased[row, best[TOP - 1]] - biased[row, best[TOP]])
            chosen = best[:TOP]
            weights = 2.5 * scores[row, chosen] / (scores[row, chosen].sum() + 1e-20)
            for expert, weight in zip(chosen, weights):
                out[row] += weight * mlp(f"experts.{expert}.", x[row])
    return out + mlp("shared_experts.", x), margin


def forward(w, ids, pooled=True):
    positions = np.arange(len(ids))
    visible = positions[None] // BLOCK <= positions[:, None] // BLOCK
    x = w["model.word_embeddings.weight"][ids]
    margin = np.inf
    for n in range(LAYERS):
        at = f"model.layers.{n}."
        fused = rms_norm(x, w[at + "input_layernorm.weight"], EPS) @ w[at + "attention.query_key_value.weight"].T
        q, k, v = np.split(fused.reshape(len(ids), -1, DIM), [HEADS, HEADS + KV], 1)
        q = rotate(rms_norm(q, w[at + "attention.query_layernorm.weight"], EPS), positions, ROTARY, THETA)
        k = rotate(rms_norm(k, w[at + "attention.key_layernorm.weight"], EPS), positions, ROTARY, THETA)
        x = x + attend(q, k, v, visible) @ w[at + "attention.dense.weight"].T
        y = rms_norm(x, w[at + "post_attention_layernorm.weight"], EPS)
        if n == 0:
            inner = silu(y @ w[at + "mlp.gate_proj.weight"].T) * (y @ w[at + "mlp.up_proj.weight"].T)
            x = x + inner @ w[at + "mlp.down_proj.weight"].T
        else:
            mixed, distance = mixture(w, at, y, pooled)
            x, margin = x + mixed, min(margin, distance)
    return rms_norm(x, w["model.norm.weight"], EPS) @ w["lm_head.weight"].T, margin


class Block:
    """Decisions over one block; `count` open places, all masks."""

    def __init__(self, count, threshold, edit, post, margins, events):
        self.original = [True] * count
        self.threshold, self.edit, self.post = threshold, edit, post
        self.margins, self.events = margins, events
        self.steps = self.post_steps = 0
        self.seen, self.tried = set(), {}

    def event(self, name):
        self.events[name] = self.events.get(name, 0) + 1

    def best(self, logits, excluded=()):
        logits = logits.copy()
        logits[list(excluded)] = -np.inf
        self.margins.token(logits)
        return int(logits.argmax())

    def step(self, tokens, logits):
        """The tokens after a forward, and whether it was the last."""
        places = range(len(tokens))
        odds = softmax(logits)
        choice = [self.best(logits[i]) for i in places]
        sure = [odds[i, choice[i]] for i in places]
        masks = [i for i in places if tokens[i] == MASK]
        originals = [i for i in masks if self.original[i]]
        self.steps += 1
        self.post_steps += not originals
        last = self.post_steps >= self.post if self.post else not originals
        last = last or self.steps > BLOCK + self.post
        if not last:
            for i in originals:
                if choice[i] == MASK:
                    choice[i] = self.best(logits[i], [MASK])
                    sure[i] = odds[i, choice[i]]
                    self.event("mask_at_an_original_mask")
        write = list(masks)
        if not last and originals:
            needed = len(masks) - len(originals) + 1
            order = sorted(masks, key=lambda i: -sure[i])
            for i in masks:
                self.margins.note("threshold", abs(sure[i] - self.threshold))
            above = sum(sure[i] > self.threshold for i in masks)
            write = order[:max(needed, above)]
            if above < needed:
                self.margins.rank(np.array([sure[i] for i in masks]), needed)
            if not self.post and set(originals) <= set(write):
                last, write = True, masks
        for i in places:
            if tokens[i] != MASK and choice[i] != tokens[i]:
                if self.edit > 0:
                    self.margins.note("threshold", abs(sure[i] - self.edit))
                if sure[i] > self.edit:
                    write = write + [i]
        write = sorted(write)
        if not write:
            return list(tokens), True
        if last:
            self.event("last_step_by_the_bound")
            for i in write:
                if choice[i] in (MASK, DELETE, SPLIT):
                    choice[i] = self.best(logits[i], [MASK, DELETE, SPLIT])
                    self.event("scrubbed")
        elif tuple(tokens) in self.seen:
            changing = [i for i in write if choice[i] != tokens[i]]
            if changing:
                self.event("repeated_block")
                self.margins.rank(-np.array([sure[i] for i in changing]), 1)
                i = min(changing, key=lambda i: sure[i])
                excluded = self.tried.get(i, set()) | ({MASK} if i in originals else set())
                choice[i] = self.best(logits[i], excluded)
        self.seen.add(tuple(tokens))
        result, original = [], []
        for i in places:
            if i not in write:
                result.append(tokens[i])
                original.append(self.original[i])
                continue
            self.tried.setdefault(i, set()).add(choice[i])
            if choice[i] == DELETE:
                self.event("deleted")
                continue
            if choice[i] == SPLIT:
                self.event("split_of_a_mask" if tokens[i] == MASK else "split_of_a_token")
                result += [MASK, tokens[i]]
                original += [False, self.original[i]]
                continue
            if tokens[i] != MASK and choice[i] != tokens[i]:
                self.event("edited_to_a_mask" if choice[i] == MASK else "edited")
            result.append(choice[i])
            original.append(self.original[i])
        if len(result) > len(tokens):
            self.event("cut")
        elif len(result) < len(tokens):
            self.event("padded")
        missing = len(tokens) - len(result)
        self.original = (original + [False] * missing)[:len(tokens)]
        return (result + [MASK] * missing)[:len(tokens)], last


def decode(w, prompt, length, threshold, edit, post, give_up):
    """States, margins and events; None once a margin falls below `give_up`."""
    begin = len(prompt) // BLOCK * BLOCK
    end = begin + -(-(len(prompt) - begin + length) // BLOCK) * BLOCK
    tokens = list(prompt) + [MASK] * (end - len(prompt))
    states, margins, events = [list(tokens)], Margins(), {}
    bound = 0
    for first in range(begin, end, BLOCK):
        open_, upper = max(first, len(prompt)), first + BLOCK
        block = Block(upper - open_, threshold, edit, post, margins, events)
        last = False
        while not last:
            logits, router = forward(w, tokens[:upper])
            margins.note("router", router * 200)
            tokens[open_:upper], last = block.step(tokens[open_:upper], logits[open_:upper])
            states.append(list(tokens))
            if margins.least < give_up:
                return None
        assert block.steps <= BLOCK + post + 1
        bound += block.steps
    assert tokens[:len(prompt)] == list(prompt) and MASK not in tokens[len(prompt):]
    return states, margins, events


TRACES = [
    ("speed", 0.5, 0.0, 16, 12, 21, {"repeated_block", "edited", "last_step_by_the_bound"}),
    ("quality", 0.7, 0.5, 16, 16, 13, {"edited"}),
    ("insertions", 0.6, 0.3, 16, 14, 11, {"split_of_a_token", "deleted", "padded", "cut"}),
    ("few_post_steps", 0.5, 0.1, 3, 16, 16, {"scrubbed", "last_step_by_the_bound"}),
    ("no_post_steps", 0.5, 0.3, 0, 16, 9, {"last_step_by_the_bound"}),
    ("masks_again", 0.55, 0.2, 8, 12, 10, {"edited_to_a_mask", "mask_at_an_original_mask"}),
]


def main(folder):
    seed = "llada22/1"
    w = make_weights(seed)
    random = np.random.default_rng(2)
    tensors, logits = {}, []
    for name, length in (("len1", 1), ("len6", 6), ("len16", 16), ("len29", 29)):
        while True:
            ids = random.integers(0, ORDINARY, length)
            ids[random.random(length) < 0.3] = MASK
            values, margin = forward(w, ids)
            if margin > 1e-4:
                break
        tensors[f"{name}.input_ids"], tensors[f"{name}.logits"] = ids[None], values[None]
        logits.append({"name": name, "input_ids": f"{name}.input_ids", "logits": f"{name}.logits"})
    # The pool matters, a block does not see the next one, and a token moves its block's experts.
    assert np.abs(forward(w, ids, pooled=False)[0] - values).max() > 0.1
    other = ids.copy()
    other[23] = (ids[23] + 1) % ORDINARY
    moved = np.abs(forward(w, other)[0] - values).max(1)
    assert moved[:16].max() == 0 and moved[16:24].min() > 0
    while True:
        ids = random.integers(0, ORDINARY, 24)
        ids[18:] = MASK
        values, margin = forward(w, ids)
        if margin > 1e-4:
            break
    tensors["cached.input_ids"], tensors["cached.block_logits"] = ids[None], values[None, 16:]
    cached = [{"name": "two_blocks", "input_ids": "cached.input_ids", "prefix_len": 16, "block_len": 8,
               "block_logits": "cached.block_logits"}]
    traces = []
    for name, threshold, edit, post, length, prompt_length, wanted in TRACES:
        for attempt in range(3000):
            prompt = random.integers(0, ORDINARY, prompt_length).tolist()
            found = decode(w, prompt, length, threshold, edit, post, 0.002)
            if found and wanted <= set(found[2]):
                break
        else:
            raise SystemExit(f"no prompt for {name}")
        states, margins, events = found
        values = margins.rounded()
        values["router"] = values["router"] / 200
        traces.append({
            "name": name, "rule": "joint_threshold_indel",
            "settings": {"gen_length": length, "block_length": BLOCK, "threshold": threshold, "editing_threshold": edit,
                         "max_post_steps": post, "delete_token_id": DELETE, "split_token_id": SPLIT, "temperature": 0},
            "prompt": prompt, "forwards": len(states) - 1, "margins": values, "events": events, "states": states,
        })
        print(name, attempt, len(states) - 1, values, events, flush=True)
    cases = {
        "format_version": 1, "family": "llada2", "seed": seed,
        "model": {"attention": "block_causal", "block_size": BLOCK, "shift": False, "vocab_size": VOCAB,
                  "mask_token_id": MASK, "eos_token_id": EOS, "ordinary_token_ids_below": ORDINARY},
        "reference": ["numpy float64, written from the description: weaker evidence"],
        "logits_max_abs": round(float(np.abs(tensors["len29.logits"]).max()), 4),
        "logits": logits, "cached": cached, "traces": traces,
    }
    generation = {"eos_token_id": EOS, "pad_token_id": EOS, "bos_token_id": BOS}
    write_fixture(folder, CONFIG, generation, dict(dict.items(w)), cases, tensors)


main(sys.argv[1])
