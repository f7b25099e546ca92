#!/usr/bin/env python3
"""What share of decoding a constraint takes on a network of 0.6 billion weights with Qwen's number of tokens. Needs numpy.

    Benchmarks/constraints/share.py EVALDATA PARITY [--program .build/release/cinnabar] [--every 40]

PARITY is the folder of parity fixtures. Writes SDAR's layout in Qwen3-0.6B's shape with random weights, blocks of 16, and the fixture's
tokenizer, whose vocabulary is filled up with joined tokens to 151,936. Then each schema's text is written twice; prints the share of inference
in the time of decoding. 1.5 GB in the folder for temporary files.
"""
import argparse
import json
import pathlib
import random
import struct
import subprocess
import tempfile

import numpy

parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.add_argument("parity", type=pathlib.Path)
parser.add_argument("--program", default=".build/release/cinnabar")
parser.add_argument("--every", type=int, default=40)
parser.add_argument("--tokens", type=int, default=32)
arguments = parser.parse_args()
hidden, layers, heads, shared, width, feed, size = 1024, 28, 16, 8, 128, 3072, 151_936


def tensors():
    yield "model.embed_tokens.weight", (size, hidden)
    for layer in range(layers):
        for name, shape in [("input_layernorm", (hidden,)), ("post_attention_layernorm", (hidden,)),
                            ("self_attn.q_norm", (width,)), ("self_attn.k_norm", (width,)),
                            ("self_attn.q_proj", (heads * width, hidden)), ("self_attn.k_proj", (shared * width, hidden)),
                            ("self_attn.v_proj", (shared * width, hidden)), ("self_attn.o_proj", (hidden, heads * width)),
                            ("mlp.gate_proj", (feed, hidden)), ("mlp.up_proj", (feed, hidden)), ("mlp.down_proj", (hidden, feed))]:
            yield f"model.layers.{layer}.{name}.weight", shape
    yield "model.norm.weight", (hidden,)


def write_weights(file):
    header, end, noise = {}, 0, numpy.random.default_rng(1)
    for name, shape in tensors():
        begin, end = end, end + 2 * int(numpy.prod(shape))
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    file.write(struct.pack("<Q", len(text)) + text)
    for _, shape in tensors():
        values = noise.standard_normal(shape, dtype=numpy.float32) * 0.03 if len(shape) > 1 else numpy.ones(shape, numpy.float32)
        file.write((values.view(numpy.uint32) >> 16).astype(numpy.uint16).tobytes())


def tokenizer(source):
    value, choose = json.loads(source.read_text()), random.Random(1)
    vocabulary, added = value["model"]["vocab"], value["added_tokens"]
    plain = [token for token in vocabulary if token.isascii() and len(token) < 8]
    while len(vocabulary) < size - len(added):
        vocabulary.setdefault("".join(choose.choices(plain, k=choose.randint(2, 3))), len(vocabulary))
    for number, token in enumerate(added):
        token["id"] = size - len(added) + number
    return value, {token["content"]: token["id"] for token in added}


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    tokens, special = tokenizer(arguments.parity / "tokenizers" / "qwen2" / "tokenizer.json")
    (folder / "tokenizer.json").write_text(json.dumps(tokens))
    configuration = json.loads((arguments.parity / "sdar" / "config.json").read_text())
    configuration |= {"hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": shared,
                      "head_dim": width, "intermediate_size": feed, "vocab_size": size, "tie_word_embeddings": True, "block_size": 16,
                      "max_position_embeddings": 1024, "bos_token_id": special["<|endoftext|>"], "eos_token_id": special["<|im_end|>"],
                      "pad_token_id": special["<|endoftext|>"], "mask_token_id": special["<|mask|>"]}
    (folder / "config.json").write_text(json.dumps(configuration))
    with open(folder / "model.safetensors", "wb") as file:
        write_weights(file)
    subprocess.run([arguments.program, "eval", "schemas", "--model", folder, "--data", arguments.data, "--modes", "quality",
                    "--max-tokens", str(arguments.tokens), "--every", str(arguments.every), "--output", folder / "texts"],
                   check=True, stdout=subprocess.DEVNULL)
    texts = [json.loads(line) for line in (folder / "texts" / "texts.jsonl").read_text().splitlines()]
for name, kind in [("cold", "first"), ("warm", "free")]:
    chosen = [text for text in texts if text["kind"] == kind]
    inference, decoding = (sum(text[key] for text in chosen) for key in ["inferenceSeconds", "decodeSeconds"])
    forwards = sum(text["forwards"] for text in chosen)
    print(f"{name}: {100 * inference / decoding:.2f}% of the time of decoding, {1000 * inference / forwards:.2f} of "
          f"{1000 * decoding / forwards:.0f} ms a forward ({len(chosen)} texts, {forwards} forwards)")
print(f"{sum(text['kind'] == 'error' for text in texts)} errors")
