"""Times a full-sequence step of LLaDA's shape with 4-bit weights: `cinnabar bench` and llama.cpp in turn, one forward over
the canvas, random weights, logits at every position.

llama.cpp computes what its diffusion program does in each step: the architecture `llada` without a cache, every token
seeing all others, the whole canvas in one batch. `cinnabar bench` has one finished token before the canvas, the least that it
takes, and differs in two more things that cost it time, if anything: its shapes have QK-norm and LLaDA has not, and their head is
the embedding too (which saves memory, not work). Not timed on either side: choosing tokens from the logits.

    python Benchmarks/inference/llama_diffusion.py --json /tmp/diffusion.json

See README.md in this folder for what has to be installed. The 8B shape needs 5 GB of disk, 10 GB of memory and, since each
turn draws or loads the weights again, minutes a round. Only an idle machine gives fair numbers: llama.cpp's threads wait for
each other without sleeping, and another program on one of their processors slows it down many times over.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

import llama_network

ROOT = Path(__file__).resolve().parents[2]
LLADA_8B = "layers=32,hidden=4096,ffn=12288,heads=32,kv-heads=32,head-dim=128,vocab=126464"


def arguments():
    parser = argparse.ArgumentParser(description=" ".join(__doc__.split("\n\n")[0].split()))
    parser.add_argument("--cinnabar", default=ROOT / ".build/release/cinnabar", type=Path, help="the program")
    parser.add_argument("--shape", default=LLADA_8B, help=f"default {LLADA_8B}")
    parser.add_argument("--canvas", type=int, default=128, help="tokens of the sequence")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each program")
    parser.add_argument("--repetitions", type=int, default=3, help="forwards of a turn, after one that is not timed")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--folder", type=Path, help="where the GGUF file is written; default a temporary folder")
    parser.add_argument("--json", type=Path, help="write all timings to this file")
    return parser.parse_args()


def ours(options):
    """Milliseconds of a forward in one turn, and the instructions used."""
    shape = f"{options.shape},context={options.canvas + 1}"
    command = [options.cinnabar, "bench", "--shape", shape, "--weights", "int4", "--head", "int4", "--json"]
    command += ["--rows", options.canvas, "--context", 1, "--logits", "all"]
    command += ["--repetitions", options.repetitions, "--threads", options.threads]
    report = json.loads(subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE).stdout)
    return report["forwards"]["rows"][0]["ms"], report["instruction_set"]


def theirs(options, path):
    network = llama_network.Network(path, options.threads, options.canvas, options.canvas, diffusion=True)
    samples = network.milliseconds(options.canvas, 0, options.repetitions)
    network.close()
    return statistics.median(samples)


def main():
    options = arguments()
    sizes = {key: int(value) for key, value in (part.split("=") for part in options.shape.split(","))}
    times = {"cinnabar": [], "llama.cpp": []}
    if os.getloadavg()[0] > 0.5:
        print(f"the machine is busy (load {os.getloadavg()[0]:.1f}): the ratio will mean little", flush=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "llada-q4_0.gguf"
        llama_network.write(path, {**sizes, "context": options.canvas}, "Q4_0", "llada")
        print(f"{path.stat().st_size / 1e9:.2f} GB written", flush=True)
        for number in range(options.rounds):
            milliseconds, instructions = ours(options)
            times["cinnabar"].append(milliseconds)
            times["llama.cpp"].append(theirs(options, path))
            last = ", ".join(f"{name} {values[-1]:.1f} ms" for name, values in times.items())
            print(f"round {number + 1} of {options.rounds}: {last}", flush=True)
    medians = {name: statistics.median(values) for name, values in times.items()}
    ratios = [other / mine for mine, other in zip(times["cinnabar"], times["llama.cpp"])]
    print(f"cinnabar: {instructions}; llama.cpp: {llama_network.instructions()}")
    print(f"\n| canvas of {options.canvas}, 4-bit | ms a forward | positions/s |\n|---|---|---|")
    for name, middle in medians.items():
        print(f"| {name} | {middle:.1f} | {1000 * options.canvas / middle:.0f} |")
    ratio = medians["llama.cpp"] / medians["cinnabar"]
    print(f"\ncinnabar is {ratio:.2f} times as fast as llama.cpp ({min(ratios):.2f} to {max(ratios):.2f} in single rounds)")
    if options.json:
        result = {"shape": options.shape, "canvas": options.canvas, "threads": options.threads}
        result |= {"instructions": {"cinnabar": instructions, "llama.cpp": llama_network.instructions()}}
        result |= {"milliseconds": times, "medians": medians, "ratio": ratio}
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
