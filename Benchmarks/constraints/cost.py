#!/usr/bin/env python3
"""What a constraint costs a forward: JSON under the schemas of MaskBench. Standard library only.

    Benchmarks/constraints/cost.py EVALDATA [--program .build/release/cinnabar] [--canvas 16] [--every 1]

The default model writes in mode quality on a canvas of that length. Each schema's text is written twice, the second time with a warm
automaton. Prints the median over the schemas of what inference over the canvas takes between two forwards, for both, and of the whole time from
forward to forward. Measure on an idle machine.
"""
import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import tempfile

parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.add_argument("--program", default=".build/release/cinnabar")
parser.add_argument("--canvas", type=int, default=16)
parser.add_argument("--tokens", type=int, default=64)
parser.add_argument("--every", type=int, default=1)
arguments = parser.parse_args()
root = pathlib.Path(__file__).resolve().parents[2]

with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    shutil.copytree(root / "Sources/Cinnabar/Resources/default-model", folder / "model")
    settings = folder / "model" / "generation_config.json"
    values = json.loads(settings.read_text())
    values["decoding"]["quality"] = {"canvas_length": arguments.canvas, "tau_veto": 0}
    settings.write_text(json.dumps(values))
    subprocess.run([arguments.program, "eval", "schemas", "--model", folder / "model", "--data", arguments.data, "--modes", "quality",
                    "--max-tokens", str(arguments.tokens), "--every", str(arguments.every), "--output", folder / "texts"],
                   check=True, stdout=subprocess.DEVNULL)
    texts = [json.loads(line) for line in (folder / "texts" / "texts.jsonl").read_text().splitlines()]


def milliseconds(kind, key):
    """Of one forward, by text."""
    return [1000 * text[key] / text["forwards"] for text in texts if text["kind"] == kind and text["forwards"]]


def told(values):
    low, median, high = statistics.quantiles(values, n=4)
    return f"{median:.3f} ms (quarters {low:.3f} to {high:.3f}, {len(values)} texts)"


for name, kind in [("cold", "first"), ("warm", "free")]:
    print(f"inference a forward, {name}: {told(milliseconds(kind, 'inferenceSeconds'))}")
print(f"from forward to forward: {told(milliseconds('free', 'decodeSeconds'))}")
