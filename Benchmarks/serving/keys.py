#!/usr/bin/env python3
"""How long `cinnabar serve` takes to say 401, by what is wrong with the key. Standard library only.

    Benchmarks/serving/keys.py [--program .build/release/cinnabar] [--rounds 2000]

The kinds take turns on one connection, in random order. Prints the median time of each with its 95% interval (bootstrap) and the difference from a missing
key. Then keys come and go by SIGHUP. The exit status is 1 if a reply was not 401, or a key opened what it should not.
"""
import argparse
import hashlib
import http.client
import pathlib
import random
import signal
import statistics
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("--program", default=".build/release/cinnabar")
parser.add_argument("--rounds", type=int, default=2000)
parser.add_argument("--port", type=int, default=18434)
arguments = parser.parse_args()

folder = tempfile.TemporaryDirectory()
keys = pathlib.Path(folder.name) / "keys.txt"
valid, expired = "sk-" + "a" * 40, "sk-" + "b" * 40
lines = [f"sha256:{hashlib.sha256(valid.encode()).hexdigest()} alice",
         f"sha256:{hashlib.sha256(expired.encode()).hexdigest()} bob expires=2020-01-01"]
keys.write_text("\n".join(lines) + "\n")
kinds = {"missing": None, "wrong": "sk-" + "c" * 40, "all but the last letter": valid[:-1] + "z", "short": "x", "expired": expired}
server = subprocess.Popen([arguments.program, "serve", "--port", str(arguments.port), "--log-level", "critical",
                           "--api-key-file", str(keys)])


def interval(values):
    medians = sorted(statistics.median(random.choices(values, k=len(values))) for _ in range(200))
    return medians[5], medians[194]


try:
    def connect():
        return http.client.HTTPConnection("127.0.0.1", arguments.port, timeout=10)

    for _ in range(300):
        try:
            connect().request("GET", "/health")
            break
        except OSError:
            time.sleep(0.05)
    connection = connect()
    times = {kind: [] for kind in kinds}
    others = 0
    for round in range(arguments.rounds + 100):
        order = list(kinds)
        random.shuffle(order)
        for kind in order:
            headers = {} if kinds[kind] is None else {"authorization": f"Bearer {kinds[kind]}"}
            begin = time.perf_counter()
            connection.request("GET", "/v1/models", headers=headers)
            response = connection.getresponse()
            response.read()
            if round >= 100:
                times[kind].append((time.perf_counter() - begin) * 1e6)
            others += response.status != 401
    reference = statistics.median(times["missing"])
    for kind, values in times.items():
        low, high = interval(values)
        median = statistics.median(values)
        print(f"{kind}: median {median:.1f} us ({low:.1f} to {high:.1f}), {median - reference:+.1f} us")
    print(f"{others} replies were not 401")

    def opens(key):
        connection.request("GET", "/v1/models", headers={"authorization": f"Bearer {key}"})
        response = connection.getresponse()
        response.read()
        return response.status == 200

    def after_signal(text):
        """Who is let in half a second after the file was changed: the old key, the new one."""
        keys.write_text(text)
        server.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        return opens(valid), opens(new)

    new = "sk-" + "d" * 40
    new_line = f"sha256:{hashlib.sha256(new.encode()).hexdigest()} dora"
    both, one, damaged = after_signal("\n".join([lines[0], new_line])), after_signal(new_line), after_signal("nonsense")
    print(f"SIGHUP, old and new key: added {both}, taken away {one}, file damaged {damaged}")
    is_right = (both, one, damaged) == ((True, True), (False, True), (False, True))
    raise SystemExit(0 if is_right and not others else 1)
finally:
    server.kill()
    folder.cleanup()
