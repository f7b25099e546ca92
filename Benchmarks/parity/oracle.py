"""What the oracles written from descriptions share: numpy in float64, tiny random weights, files in the form of the parity fixtures."""

import json
import os
import zlib

import numpy as np


def write_safetensors(path, tensors):
    """Tensors as F32 (floats) and I32 (integers), in the order of the dictionary."""
    header, parts, offset = {}, [], 0
    for name, value in tensors.items():
        value = np.asarray(value)
        value = value.astype("<i4") if value.dtype.kind in "iu" else value.astype("<f4")
        data = value.tobytes()
        kind = "I32" if value.dtype.kind == "i" else "F32"
        header[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [offset, offset + len(data)]}
        parts.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(parts))


def write_fixture(folder, config, generation, weights, cases, tensors):
    os.makedirs(folder, exist_ok=True)
    for name, value in (("config", config), ("generation_config", generation)):
        with open(f"{folder}/{name}.json", "w") as file:
            json.dump(value, file, indent=2, sort_keys=True)
            file.write("\n")
    with open(f"{folder}/cases.json", "w") as file:
        # A state a line.
        text = json.dumps(cases, indent=1)
        for trace in cases["traces"]:
            text = text.replace(json.dumps(trace["states"], indent=1).replace("\n", "\n   "),
                                "[\n    " + ",\n    ".join(map(json.dumps, trace["states"])) + "]")
        file.write(text + "\n")
    write_safetensors(f"{folder}/model.safetensors", weights)
    write_safetensors(f"{folder}/cases.safetensors", tensors)


class Weights(dict):
    """Normal noise from a seed by name; rounded to float32, as the file holds them."""

    def __init__(self, seed):
        super().__init__()
        self.seed = seed

    def add(self, name, *shape, scale=1.0, mean=0.0):
        random = np.random.default_rng(zlib.crc32(f"{self.seed}/{name}".encode()))
        self[name] = (mean + scale * random.standard_normal(shape)).astype(np.float32)

    def __getitem__(self, name):
        return super().__getitem__(name).astype(np.float64)


def rms_norm(x, gain, eps):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + eps) * gain


def rotate(x, positions, width, theta):
    """The first `width` dimensions of heads [length, heads, dim], half-split."""
    half = width // 2
    angle = positions[:, None] * theta ** (-np.arange(half) * 2.0 / width)
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    a, b = x[..., :half], x[..., half:width]
    return np.concatenate([a * cos - b * sin, b * cos + a * sin, x[..., width:]], -1)


def softmax(x):
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def silu(x):
    return x / (1 + np.exp(-x))


def attend(q, k, v, visible):
    """Heads [length, heads, dim]; `visible` [query, key]."""
    group = q.shape[1] // k.shape[1]
    k, v = np.repeat(k, group, 1), np.repeat(v, group, 1)
    scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(q.shape[-1])
    scores = np.where(visible[None], scores, -np.inf)
    return np.einsum("hqk,khd->qhd", softmax(scores), v).reshape(len(q), -1)


class Margins:
    """The smallest distance of any decision of a trace from being another one."""

    def __init__(self):
        self.values = {}

    def note(self, kind, distance):
        self.values[kind] = min(self.values.get(kind, np.inf), float(distance))

    def token(self, logits):
        best = np.sort(logits[np.isfinite(logits)])
        self.note("token", best[-1] - best[-2])

    def rank(self, scores, chosen):
        """Of scores where the `chosen` largest are taken."""
        order = np.sort(scores)[::-1]
        if chosen < len(order):
            self.note("rank", order[chosen - 1] - order[chosen])

    @property
    def least(self):
        return min(self.values.values(), default=np.inf)

    def rounded(self):
        return {kind: round(value, 7) for kind, value in sorted(self.values.items())}
