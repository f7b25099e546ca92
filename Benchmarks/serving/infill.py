#!/usr/bin/env python3
"""How long an editor waits for `cinnabar serve` to fill a line in a file of 300 lines. Standard library only.

    Benchmarks/serving/infill.py [--program .build/release/cinnabar] [--mode speed] [--set canvas=auto]

cold: nothing of the prompt is known. warm: the editor has asked at this place before, and a few letters were typed since. Up to 32 tokens of
answer, ended by the end of the line; the default model, which cuts the file to its context of 1,024 tokens.
"""
import argparse
import http.client
import json
import pathlib
import random
import subprocess
import time

parser = argparse.ArgumentParser()
parser.add_argument("--program", default=".build/release/cinnabar")
parser.add_argument("--mode", default="speed")
parser.add_argument("--set", action="append", default=[])
parser.add_argument("--rounds", type=int, default=60)
parser.add_argument("--port", type=int, default=18435)
arguments = parser.parse_args()
root = pathlib.Path(__file__).resolve().parents[2]
lines = ((root / "Examples" / "shapes.py").read_text().splitlines(keepends=True) * 300)[:300]
command = [arguments.program, "serve", "--port", str(arguments.port), "--log-level", "critical"]
for setting in arguments.set:
    command += ["--set", setting]
server = subprocess.Popen(command)


def ask(prefix, suffix):
    connection.request("POST", "/v1/fim/completions", json.dumps(
        {"prompt": prefix, "suffix": suffix, "max_tokens": 32, "stop": ["\n"], "temperature": 0, "mode": arguments.mode}))
    reply = json.loads(connection.getresponse().read())["usage"]
    return reply["prompt_tokens"], reply["prompt_tokens_details"]["cached_tokens"], reply["completion_tokens"]


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


try:
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", arguments.port, timeout=60)
            ask("x = ", "\n")
            break
        except OSError:
            time.sleep(0.05)
    choose = random.Random(1)
    times, seen = {"cold": [], "warm": []}, {"cold": [], "warm": []}

    def timed(kind, prefix, suffix):
        begin = time.perf_counter()
        usage = ask(prefix, suffix)
        times[kind].append(1000 * (time.perf_counter() - begin))
        seen[kind].append(usage)

    for round in range(arguments.rounds):
        number = choose.randrange(100, 280)
        line = lines[number].rstrip("\n")
        start = len(line) - len(line.lstrip())
        # Not a word of it has been seen: every line has a comment of its own.
        others = [text.rstrip("\n") + f"  # {round}-{index}\n" for index, text in enumerate(lines)]
        prefix, suffix = "".join(others[:number]) + line[:start], "\n" + "".join(others[number + 1:])
        timed("cold", prefix, suffix)
        for typed in range(1, 5):
            timed("warm", prefix + line[start:start + typed], suffix)
    for kind in times:
        prompt, cached, output = (sum(values) / len(values) for values in zip(*seen[kind]))
        print(f"{arguments.mode}, {kind}: p50 {percentile(times[kind], 0.5):.0f} ms, p99 {percentile(times[kind], 0.99):.0f} ms, "
              f"{len(times[kind])} requests, on average {prompt:.0f} tokens of prompt, {cached:.0f} of them known, {output:.1f} of answer")
finally:
    server.kill()
