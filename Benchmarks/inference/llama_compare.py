"""Times `cinnabar bench` and llama.cpp in turn, on the same shapes with random weights, logits at one position.

See README.md in this folder.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

import llama_chart
import llama_network

ROOT = Path(__file__).resolve().parents[2]
SHAPES = {
    "0.6B": "layers=28,hidden=1024,ffn=3072,heads=16,kv-heads=8,head-dim=128,vocab=151936,context=1024",
    "172M": "layers=16,hidden=640,ffn=1792,heads=10,kv-heads=5,head-dim=64,vocab=151936,context=1024",
}
BITS = {"int8": "Q8_0", "int4": "Q4_0"}
GENERATED = 256


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cinnabar", default=ROOT / ".build/release/cinnabar", type=Path, help="the program")
    parser.add_argument("--shapes", default=",".join(SHAPES), help="of " + ", ".join(SHAPES))
    parser.add_argument("--rows", default="1,16,32,64")
    parser.add_argument("--prefix", type=int, default=16, help="tokens before the rows")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each program")
    parser.add_argument("--repetitions", type=int, default=5, help="forwards of a turn")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--generate", action="store_true", help=f"also time {GENERATED} tokens, 8 a forward against 1")
    parser.add_argument("--chart", type=Path, help="draw the last shape's speeds into this file")
    parser.add_argument("--json", type=Path, help="write all timings to this file")
    return parser.parse_args()


def ours(options, shape, weights, *more):
    command = [options.cinnabar, "bench", "--shape", shape, "--weights", weights, "--head", weights, "--json"]
    command += ["--threads", options.threads, "--context", options.prefix, *more]
    return json.loads(subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE).stdout)


def turn(options, shape, weights, path, rows, times):
    """One turn of both programs: milliseconds (or tokens a second of generations) are appended to `times`."""
    report = ours(options, shape, weights, "--rows", options.rows, "--logits", "one", "--repetitions", options.repetitions)
    for row in report["forwards"]["rows"]:
        times.setdefault(("cinnabar", weights, row["rows"]), []).append(row["ms"])
    if options.generate:
        report = ours(options, shape, weights, "--generate", GENERATED, "--tokens-per-forward", 8, "--repetitions", 1)
        times.setdefault(("cinnabar", weights, "text"), []).append(report["generation"]["tokens_per_second"])
    network = llama_network.Network(path, options.threads, options.prefix + GENERATED + 128, max(rows))
    for count in rows:
        samples = network.milliseconds(count, options.prefix, options.repetitions)
        times.setdefault(("llama.cpp", weights, count), []).append(statistics.median(samples))
    if options.generate:
        seconds = network.generation_seconds(GENERATED, options.prefix)
        times.setdefault(("llama.cpp", weights, "text"), []).append(GENERATED / seconds)
    network.close()


def report(name, rows, times):
    """Prints tokens a second of the medians, and cinnabar's ratio to llama.cpp at the same bits and to its better one;
    returns the speeds."""
    print(f"\n| {name} | rows | cinnabar | llama.cpp | ratio | to the better llama.cpp |\n|{'---|' * 6}")
    speeds = {}
    for (program, weights, count), values in times.items():
        middle = statistics.median(values)
        speeds[program, weights, count] = middle if count == "text" else 1000 * count / middle
    counts = [*rows, *(["text"] if ("llama.cpp", "int8", "text") in speeds else [])]
    for weights in BITS:
        for count in counts:
            mine, other = speeds["cinnabar", weights, count], speeds["llama.cpp", weights, count]
            better = max(speeds["llama.cpp", w, count] for w in BITS)
            label = f"{GENERATED} tokens" if count == "text" else count
            print(f"| {weights} | {label} | {mine:.0f} | {other:.0f} | {mine / other:.2f} | {mine / better:.2f} |", flush=True)
    return speeds


def main():
    options = arguments()
    rows = [int(count) for count in options.rows.split(",")]
    everything = {}
    for name in options.shapes.split(","):
        shape = SHAPES[name]
        sizes = {key: int(value) for key, value in (part.split("=") for part in shape.split(","))}
        times = everything[name] = {}
        with tempfile.TemporaryDirectory() as folder:
            paths = {weights: Path(folder) / f"{kind}.gguf" for weights, kind in BITS.items()}
            for weights, path in paths.items():
                llama_network.write(path, sizes, BITS[weights])
            for number in range(options.rounds):
                for weights, path in paths.items():
                    turn(options, shape, weights, path, rows, times)
                print(f"{name}: round {number + 1} of {options.rounds}", flush=True)
        speeds = report(name, rows, times)
        if options.chart:
            lines = {}
            for (program, weights, count), value in speeds.items():
                if count != "text":
                    lines.setdefault((program, weights), {})[count] = value
            llama_chart.draw(options.chart, f"{name}, random weights, {options.threads} threads", lines)
    if options.json:
        flat = {shape: {" ".join(map(str, key)): value for key, value in times.items()} for shape, times in everything.items()}
        options.json.write_text(json.dumps(flat, indent=1) + "\n")


if __name__ == "__main__":
    main()
