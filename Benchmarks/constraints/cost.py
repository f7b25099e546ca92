#!/usr/bin/env python3
"""What a constraint costs a forward: JSON under the schemas of MaskBench, against text without one. Standard library only.

    Benchmarks/constraints/cost.py EVALDATA [--program .build/release/cinnabar] [--canvas 16] [--every 1]

The default model writes in mode quality on a canvas of that length, and is not asked for a second opinion, so that forwards with and
without a constraint are the same ones. Each schema's text is written a second time, when its automaton is warm. Prints the median over the schemas
of the time between two forwards. Measure on an idle machine.
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


def milliseconds(kind):
    """Of one forward, by text. Of very short texts the first forward, which reads the prompt, would be most."""
    return [1000 * text["decodeSeconds"] / text["forwards"] for text in texts if text["kind"] == kind and text["forwards"] >= 4]


def told(values):
    low, median, high = statistics.quantiles(values, n=4)
    return f"{median:.3f} ms (quarters {low:.3f} to {high:.3f}, {len(values)} texts)"


constrained, plain = milliseconds("free"), milliseconds("unconstrained")
print(f"a forward under a schema: {told(constrained)}")
print(f"a forward without one: {told(plain)}")
print(f"a constraint costs {statistics.median(constrained) - statistics.median(plain):.3f} ms a forward")
