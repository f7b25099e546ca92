#!/usr/bin/env python3
"""Many clients against `cinnabar serve` with the default model. Standard library only.

    Benchmarks/serving/load.py [--program .build/release/cinnabar] [--clients 64] [--seconds 300] [--mode autoregressive]

One client asks every request once: its answers are what all others must get. Then all clients ask, each as soon as it has its
answer, half of them by streams. Prints answers, errors, tokens a second against one client, and percentiles of the time in the queue and to the
first text, which the server writes to its file of traces. The exit status is 1 if an answer was wrong or missing.
"""
import argparse
import http.client
import json
import pathlib
import random
import subprocess
import tempfile
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("--program", default=".build/release/cinnabar")
parser.add_argument("--clients", type=int, default=64)
parser.add_argument("--seconds", type=float, default=300)
parser.add_argument("--mode", default="autoregressive")
parser.add_argument("--tokens", type=int, default=48)
parser.add_argument("--requests", type=int, default=128, help="different requests")
parser.add_argument("--port", type=int, default=18433)
arguments = parser.parse_args()
root = pathlib.Path(__file__).resolve().parents[2]


def requests():
    lines = (root / "Examples" / "shapes.py").read_text().splitlines(keepends=True)
    for index in range(arguments.requests):
        yield {"prompt": "".join(lines[: 1 + index * 7 % len(lines)]), "max_tokens": arguments.tokens, "seed": index,
               "temperature": 0.8 if index % 2 else 0, "mode": arguments.mode, "stream": index % 4 > 1}


def ask(connection, body):
    connection.request("POST", "/v1/completions", json.dumps(body))
    response = connection.getresponse()
    reply = response.read().decode()
    if response.status != 200:
        raise RuntimeError(f"{response.status}: {reply[:200]}")
    if not body["stream"]:
        return json.loads(reply)["choices"][0]["text"]
    chunks = [line[6:] for line in reply.splitlines() if line.startswith("data: ")]
    if chunks[-1] != "[DONE]":
        raise RuntimeError("a stream without an end")
    return "".join(json.loads(chunk)["choices"][0]["text"] for chunk in chunks[:-1])


def connect():
    return http.client.HTTPConnection("127.0.0.1", arguments.port, timeout=120)


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


folder = tempfile.TemporaryDirectory()
traces = pathlib.Path(folder.name) / "traces.jsonl"
server = subprocess.Popen([arguments.program, "serve", "--port", str(arguments.port), "--log-level", "critical",
                           "--set", f"trace_file={traces}", "--set", f"max_running={arguments.clients}"])
try:
    for _ in range(300):
        try:
            ask(connect(), {"prompt": "x", "max_tokens": 1, "stream": False})
            break
        except OSError:
            time.sleep(0.05)
    bodies = list(requests())
    one = connect()
    ask(one, bodies[0])
    begin = time.time()
    expected = [ask(one, body) for body in bodies]
    alone = time.time() - begin
    known = traces.read_text().splitlines()
    tokens = sum(json.loads(line)["output_tokens"] for line in known[-len(bodies):])
    single = tokens / alone

    problems, wrong, counts = [], [], []

    def client(number):
        choose, connection, answers = random.Random(number), connect(), 0
        while time.time() < end:
            index = choose.randrange(len(bodies))
            try:
                answer = ask(connection, bodies[index])
                if answer != expected[index]:
                    wrong.append(index)
                    problems.append(f"request {index}: {answer!r} instead of {expected[index]!r}")
                answers += 1
            except Exception as error:
                problems.append(f"request {index}: {error!r}")
                connection = connect()
        counts.append(answers)

    begin = time.time()
    end = begin + arguments.seconds
    threads = [threading.Thread(target=client, args=(number,)) for number in range(arguments.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.time() - begin
    server.terminate()
    server.wait(60)

    lines = [json.loads(line) for line in traces.read_text().splitlines()[len(known):]]
    together = sum(line["output_tokens"] for line in lines) / took
    print(f"{arguments.mode}: {sum(counts)} answers to {arguments.clients} clients in {took:.0f} s, "
          f"{sum(counts) - len(wrong)} equal to those of one client, {len(problems)} problems")
    print(f"one client {single:.0f} tokens/s, {arguments.clients} clients {together:.0f} ({together / single:.2f}x)")
    for name, key in [("queue", "start_ms"), ("first text", "first_text_ms"), ("whole", "end_ms")]:
        values = [line[key] for line in lines]
        print(f"{name}: p50 {percentile(values, 0.5):.0f} ms, p99 {percentile(values, 0.99):.0f} ms")
    for problem in problems[:10]:
        print(problem)
    whole = len(lines) == sum(counts) and all(line["outcome"] == "answered" for line in lines)
    if problems or not whole:
        raise SystemExit(1)
finally:
    server.kill()
    folder.cleanup()
