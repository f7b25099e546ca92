"""What the oracle scripts share: tiny checkpoints with random weights, attention masks, and the files of a fixture."""

import json
import zlib
from pathlib import Path

import numpy
import torch
from safetensors.torch import load_file, save_file

torch.set_num_threads(1)
SPECIAL = 8  # the last ids of a vocabulary: mask, end markers and the like


# Masks: True where the query (row) sees the key.


def full(n):
    return torch.ones(n, n, dtype=torch.bool)


def causal(n):
    return torch.ones(n, n, dtype=torch.bool).tril()


def block_causal(n, size):
    block = torch.arange(n) // size
    return block[None, :] <= block[:, None]


def causal_prefix(n, prefix):
    """Causal up to a prefix; what stands behind it sees the prefix and itself in both directions."""
    mask = causal(n)
    mask[prefix:, :] = True
    return mask


class Oracle:
    """A stock backbone, loaded from the file that was written, in fp32 on one thread."""

    def __init__(self, folder, backbone, config, name, rename=lambda key: key):
        """rename: the backbone's tensor name -> the released one."""
        config._attn_implementation = config._experts_implementation = "eager"
        torch.manual_seed(0)
        model = backbone(config).float().eval()
        self.vocabulary = config.vocab_size
        own = {key for key, _ in model.named_parameters()}
        weights = {rename(key): value for key, value in random_weights(name, model, config.vocab_size).items()}
        folder.mkdir(parents=True, exist_ok=True)
        save_file({key: value.bfloat16() for key, value in weights.items()}, folder / "model.safetensors")
        stored = load_file(folder / "model.safetensors")
        state = released_to_backbone(model, stored, rename)
        missing, further = model.load_state_dict(state, strict=False)
        tied = {"lm_head.weight"} if config.tie_word_embeddings else set()
        assert not further and not (set(missing) & own) - tied, (missing, further)
        self.model = model

    @torch.no_grad()
    def logits(self, ids, mask, positions=None):
        """[n] ids, [n, n] mask, [n] places in the text -> [n, vocabulary]."""
        ids = torch.tensor([ids])
        places = torch.arange(ids.shape[1]) if positions is None else torch.tensor(positions)
        additive = torch.zeros(mask.shape).masked_fill(~mask, torch.finfo(torch.float32).min)
        out = self.model(
            input_ids=ids, attention_mask=additive[None, None], position_ids=places[None], use_cache=False
        )
        return out.logits[0].float()

    def check_mask(self, mask):
        """A changed token changes exactly the rows that see it, directly or through others."""
        n = mask.shape[0]
        reach = mask.clone()
        for _ in range(n):
            reach = (reach.float() @ reach.float()) > 0
        ids = [(7 * i) % 61 for i in range(n)]
        base = self.logits(ids, mask)
        for changed in range(n):
            other = list(ids)
            other[changed] += 1
            # Experts work on batches of tokens, whose size changes the last bits of others.
            moved = (self.logits(other, mask) - base).abs().amax(-1) > 1e-4
            assert torch.equal(moved, reach[:, changed]), f"token {changed} is not seen as the mask says"


def random_weights(name, model, vocabulary):
    """Normal noise that bf16 holds exactly, such that logits have a standard deviation of about 3."""
    weights = {}
    for key, value in sorted(model.named_parameters()):
        random = numpy.random.default_rng(zlib.crc32(f"{name}/{key}".encode()))
        noise = torch.from_numpy(random.standard_normal(tuple(value.shape), dtype=numpy.float32))
        if key.endswith("norm.weight"):
            noise = 1 + 0.3 * noise.clamp(-2, 2)
        elif key.endswith("bias"):
            noise = 0.5 * noise
        elif "embed_tokens" in key:
            noise[vocabulary - SPECIAL :] *= 0.1
        elif "lm_head" in key:
            noise *= 3 / value.shape[-1] ** 0.5
            noise[vocabulary - SPECIAL :] *= 0.1
        else:
            noise *= 1.4 / value.shape[-1] ** 0.5
        weights[key] = noise.bfloat16().float()
    return split_experts(weights)


def split_experts(weights):
    """Backbones that keep all experts in one tensor -> a tensor for each, as checkpoints have it."""
    result = {}
    for key, value in weights.items():
        if key.endswith("experts.gate_up_proj"):
            for i, expert in enumerate(value):
                gate, up = expert.chunk(2, dim=0)
                stem = key.replace("gate_up_proj", f"{i}.")
                result[stem + "gate_proj.weight"], result[stem + "up_proj.weight"] = gate.clone(), up.clone()
        elif key.endswith("experts.down_proj"):
            for i, expert in enumerate(value):
                result[key.replace("down_proj", f"{i}.down_proj.weight")] = expert.clone()
        else:
            result[key] = value
    return result


def released_to_backbone(model, stored, rename):
    """The other way round, from the file's tensors."""
    state = {}
    for key, value in model.named_parameters():
        experts = range(value.shape[0])
        if key.endswith("experts.gate_up_proj"):
            stem = [rename(key.replace("gate_up_proj", f"{i}.")) for i in experts]
            parts = [torch.cat([stored[s + "gate_proj.weight"], stored[s + "up_proj.weight"]]) for s in stem]
            state[key] = torch.stack(parts).float()
        elif key.endswith("experts.down_proj"):
            names = [rename(key.replace("down_proj", f"{i}.down_proj.weight")) for i in experts]
            state[key] = torch.stack([stored[n] for n in names]).float()
        elif rename(key) in stored:
            state[key] = stored[rename(key)].float()
    return state


class Fixture:
    """Collects cases and writes a folder in the form of the shared fixtures."""

    def __init__(self, root, name, family, config, facts, reference):
        self.folder = Path(root) / name
        self.name = name
        self.config = config
        self.tensors = {}
        self.cases = {
            "format_version": 1, "set": "B", "evidence": "weaker: written from the description of the family",
            "family": family, "model": facts, "reference": [reference], "logits": [], "traces": [],
        }

    def tokens(self, name, ids):
        self.tensors[name] = torch.tensor(ids, dtype=torch.int32)
        return name

    def numbers(self, name, values):
        self.tensors[name] = values.contiguous().float()
        return name

    def ordinary(self, seed, count):
        random = numpy.random.default_rng(zlib.crc32(f"{self.name}/{seed}".encode()))
        return [int(i) for i in random.integers(0, self.cases["model"]["ordinary_token_ids_below"], count)]

    def add_logits(self, name, rows, logits, positions=None):
        case = {
            "name": name, "input_ids": self.tokens(f"{name}.input_ids", rows),
            "logits": self.numbers(f"{name}.logits", logits),
        }
        if positions is not None:
            case["positions"] = self.tokens(f"{name}.positions", positions)
        self.cases["logits"].append(case)

    def add_cached(self, name, ids, prefix, block_logits):
        self.cases.setdefault("cached", []).append({
            "name": name, "input_ids": self.tokens(f"{name}.input_ids", [ids]), "prefix_len": prefix,
            "block_len": len(ids) - prefix, "block_logits": self.numbers(f"{name}.block_logits", block_logits),
        })

    def add_trace(self, name, rule, settings, length, run):
        """Searches prompts until no decision of `run(prompt, margin)` is closer than can be told apart."""
        for seed in range(400):
            prompt = self.ordinary(f"{name}/{seed}", length)
            margin = Margin(self.cases["model"])
            states = run(prompt, margin)
            if margin.smallest > 0.01 and margin.isOrdinary:
                break
        else:
            raise SystemExit(f"{self.name}: no prompt of {name} has margins")
        self.cases["traces"].append({
            "name": name, "rule": rule, "settings": settings, "prompt": prompt, "states": states,
            "forwards": len(states) - 1, "margins": {"smallest": round(margin.smallest, 7)},
        })

    def write(self):
        def save(name, value, indent=None):
            (self.folder / name).write_text(json.dumps(value, indent=indent, separators=(",", ":") if not indent else None))

        save("config.json", self.config, indent=2)
        save("cases.json", self.cases)
        save_file(self.tensors, self.folder / "cases.safetensors")
        size = sum(f.stat().st_size for f in self.folder.iterdir())
        print(f"{self.name}: {size / 1000:.0f} kB, {len(self.cases['traces'])} traces")


class Margin:
    """The smallest distance of any decision of a trace from another one."""

    def __init__(self, facts):
        self.smallest = float("inf")
        self.ordinary = facts["ordinary_token_ids_below"]
        self.isOrdinary = True

    def note(self, distance):
        self.smallest = min(self.smallest, float(distance))

    def token(self, row):
        """The best token of a row of logits."""
        best = row.topk(2)
        self.note(best.values[0] - best.values[1])
        self.isOrdinary &= int(best.indices[0]) < self.ordinary
        return int(best.indices[0])

    def first(self, scores, count):
        """Indices of the `count` largest scores."""
        order = sorted(range(len(scores)), key=lambda i: -scores[i])
        if 0 < count < len(order):
            self.note(scores[order[count - 1]] - scores[order[count]])
        return order[:count]

    def above(self, scores, threshold):
        for score in scores:
            self.note(abs(score - threshold))
        return [i for i, score in enumerate(scores) if score > threshold]


def probability(row):
    return float(row.double().softmax(-1).max())


def entropy(row):
    logs = row.double().log_softmax(-1)
    return float(-(logs.exp() * logs).sum())


def facts(attention, vocabulary, mask, shift=False, block=None):
    return {
        "attention": attention, "block_size": block, "shift": shift, "vocab_size": vocabulary, "mask_token_id": mask,
        "eos_token_id": vocabulary - SPECIAL, "ordinary_token_ids_below": vocabulary - SPECIAL,
    }
