"""Compares the speed of training steps: `cinnabar bench-train` and PyTorch, same network, rows, batch and processor.

First the losses and gradients of both on the first step's rows are compared; then both are timed in turn.
See README.md in this folder.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

import torch_rows
from torch_load import OtherLoad
from torch_network import Network, Variant
from torch_optimiser import Optimiser

# Most load of other processes in a turn that counts.
QUIET = 0.05
ROOT = Path(__file__).resolve().parents[2]
VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("padded", "padded", "whole", False, 16),
        Variant("documents", "documents", "chunks", False, 16),
        Variant("documents-8", "documents", "chunks", False, 8),
        Variant("compiled", "documents", "chunks", True, 16),
        Variant("compiled-8", "documents", "chunks", True, 8),
        Variant("compiled-whole", "documents", "whole", True, 16),
    )
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", help="a prepared corpus")
    parser.add_argument("--cinnabar", default=ROOT / ".build/release/cinnabar", type=Path, help="the program")
    parser.add_argument(
        "--model", default=ROOT / "Sources/Cinnabar/Resources/default-model", type=Path, help="shape and weights"
    )
    parser.add_argument("--phases", default="ar,main")
    parser.add_argument("--variants", default="padded,documents,compiled", help="of " + ", ".join(VARIANTS))
    parser.add_argument("--matrices", default="muon", help="muon, adamw or both: muon,adamw")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each program")
    parser.add_argument("--steps", type=int, default=2, help="timed steps of a turn")
    parser.add_argument("--warm-up", type=int, default=1, help="untimed steps of a turn")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--json", type=Path, help="write all timings to this file")
    return parser.parse_args()


def ours(options, phases, matrices, *more):
    """What `cinnabar bench-train` measures, by phase."""
    command = [options.cinnabar, "bench-train", options.corpus, "--json", "--model", options.model]
    command += ["--phases", phases, "--matrices", matrices, "--threads", options.threads]
    command += ["--steps", options.steps, "--warm-up", options.warm_up, *more]
    output = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE).stdout
    return {result["phase"]: result for result in json.loads(output)}


def gradients(network, variant, batches):
    """Forward and backward of one step; returns its loss and what each batch lost, token by token."""
    for p in network.parameters.values():
        p.grad = None
    total, details = 0.0, []
    for batch in batches:
        with torch.autocast("cpu", torch.bfloat16):
            loss, losses, verdicts = network.loss(batch, variant)
        loss.backward()
        total += loss.item()
        details.append((batch, losses, verdicts))
    # A parameter that a phase does not use counts as one without gradient.
    for p in network.parameters.values():
        if p.grad is None:
            p.grad = torch.zeros_like(p)
    return total, details


def check(network, variant, phase, reference):
    """Compares the losses of the first step with ours; returns the greatest difference of the weighted sum."""
    network.reset()
    total, details = gradients(network, variant, cut(phase, 0, variant))
    means = {}
    for kind, name in enumerate(torch_rows.KINDS):
        values = torch.cat([losses[batch.kinds == kind] for batch, losses, _ in details])
        if len(values):
            means[name] = values.mean().item()
    detector = [verdicts for _, _, verdicts in details if verdicts is not None]
    if detector:
        means["detector"] = torch.cat(detector).mean().item()
    norm = torch.nn.utils.get_total_norm([p.grad for p in network.parameters.values()]).item()
    worst = 0.0
    for name, value in [*means.items(), ("gradient norm", norm)]:
        mine = reference["first_gradient_norm"] if name == "gradient norm" else reference["first_losses"][name]
        difference = value / mine - 1
        worst = max(worst, abs(difference))
        print(f"  {phase.name:5} {variant.name:15} {name:14} {mine:9.5f} {value:9.5f} {difference:+8.3%}", flush=True)
    if worst > 0.01:
        sys.exit("the losses differ by more than 1%: the speeds would not be of the same work")


def cut(phase, step, variant):
    return torch_rows.batches(phase.steps[step], phase.weights, variant.rows, variant.attention == "padded")


def torch_turn(options, network, variant, phase, matrices, batches):
    """Step seconds of one turn."""
    network.reset()
    optimiser = Optimiser(network, matrices)
    seconds = []
    for step in range(options.warm_up + options.steps):
        start = time.perf_counter()
        gradients(network, variant, batches[step])
        optimiser.step()
        if step >= options.warm_up:
            seconds.append(time.perf_counter() - start)
    return seconds


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    network = Network(options.model)
    variants = [VARIANTS[name] for name in options.variants.split(",")]
    names = options.phases.split(",")
    print(f"PyTorch {torch.__version__}, {options.threads} threads, bf16 autocast")
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.jsonl"
        reference = ours(options, options.phases, "muon", "--dump", rows)
        phases = torch_rows.read(rows)
    print("loss of the first step (nats): cinnabar, PyTorch, difference")
    batches = {}
    for name in names:
        for variant in variants:
            check(network, variant, phases[name], reference[name])
            batches[name, variant] = [cut(phases[name], s, variant) for s in range(len(phases[name].steps))]
            # Compiles what only further shapes need.
            gradients(network, variant, batches[name, variant][1])

    print("timing", flush=True)
    turns = {}
    for _ in range(options.rounds):
        for name in names:
            for matrices in options.matrices.split(","):
                for variant in [None, *variants]:
                    with OtherLoad() as other:
                        if variant is None:
                            seconds = ours(options, name, matrices)[name]["step_seconds"]
                        else:
                            seconds = torch_turn(
                                options, network, variant, phases[name], matrices, batches[name, variant]
                            )
                    program = f"PyTorch {variant.name}" if variant else "cinnabar"
                    turns.setdefault((name, matrices, program), []).append((seconds, other.share))
                    shown = " ".join(f"{s:.3f}" for s in seconds)
                    print(f"  {name} {matrices} {program}: {shown} s, other load {other.share:.0%}", flush=True)
    report(options, phases, turns)


def report(options, phases, turns):
    """Medians over the quiet turns, over all where there is none; the ratio is cinnabar's speed to the other's."""
    print(f"\n| phase | optimiser | program | quiet turns | s a step | clean tokens/s | ratio |\n|{'---|' * 7}")
    speeds, timings = {}, []
    for key, values in turns.items():
        phase, matrices, program = key
        tokens = [step.clean_tokens for step in phases[phase].steps[options.warm_up :]]
        quiet = [seconds for seconds, other in values if other <= QUIET]
        used = quiet or [seconds for seconds, _ in values]
        speeds[key] = statistics.median(t / s for seconds in used for t, s in zip(tokens, seconds))
        step = statistics.median(s for seconds in used for s in seconds)
        ratio = speeds[phase, matrices, "cinnabar"] / speeds[key]
        cells = [*key, f"{len(quiet)} of {len(values)}", f"{step:.3f}", f"{speeds[key]:.0f}", f"{ratio:.2f}"]
        print(f"| {' | '.join(cells)} |", flush=True)
        timings.append(
            {"phase": phase, "optimiser": matrices, "program": program, "turns": values, "tokens_per_second": speeds[key]}
        )
    if options.json:
        options.json.write_text(json.dumps({"torch": torch.__version__, "timings": timings}, indent=1) + "\n")


if __name__ == "__main__":
    main()
