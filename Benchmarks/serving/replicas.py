#!/usr/bin/env python3
"""Three replicas of `cinnabar serve` behind a load balancer with the configuration of deploy/. Standard library only; the balancer
must be installed.

    Benchmarks/serving/replicas.py nginx|haproxy [--program .build/release/cinnabar] [--seconds 8] [--port 21600]

Each check prints a line with its figures; the exit status is 1 if one failed.
"""
import argparse
import collections
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("balancer", choices=["nginx", "haproxy"])
parser.add_argument("--program", default=".build/release/cinnabar")
parser.add_argument("--seconds", type=float, default=8, help="of load around each loss of a replica")
parser.add_argument("--clients", type=int, default=12)
parser.add_argument("--port", type=int, default=21600, help="of the balancer; the next four are used too")
arguments = parser.parse_args()
deploy = pathlib.Path(__file__).resolve().parents[2] / "deploy"
entry = arguments.port
ports = [entry + 1, entry + 2, entry + 3]
key = "cnb-trial"
failures = 0


def report(name, passed, detail=""):
    global failures
    failures += not passed
    print(f"{'ok    ' if passed else 'FAILED'} {name}: {detail}", flush=True)


def request(method, path, body=None, port=entry, connection=None, headers=None, timeout=60):
    own = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    own.request(method, path, json.dumps(body) if body is not None else None,
                {"authorization": f"Bearer {key}"} if headers is None else headers)
    response = own.getresponse()
    text = response.read()
    if connection is None:
        own.close()
    return response.status, text


def wait(condition, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if condition():
                return True
        except OSError:
            pass
        time.sleep(0.05)
    return False


class Replica:
    def __init__(self, port):
        self.port = port
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [arguments.program, "serve", "--port", str(self.port), "--threads", "1", "--log-level", "critical",
             "--set", "drain_seconds=20"], stderr=subprocess.DEVNULL, env=os.environ | {"CINNABAR_API_KEY": key})
        if not wait(lambda: request("GET", "/ready", port=self.port)[0] == 200):
            raise SystemExit("a replica does not start")

    def metric(self, name, labels=""):
        text = request("GET", "/metrics", port=self.port)[1].decode()
        found = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", text, re.M)
        return int(sum(float(value) for names, value in found if labels in names))

    def answered(self, route='route="/v1/completions",status="200"'):
        return self.metric("cinnabar_requests_total", route)


def shipped(folder):
    """The balancer with the shipped configuration, of which only addresses and ports are other ones."""
    name = {"nginx": "nginx/cinnabar.conf", "haproxy": "haproxy/cinnabar.cfg"}[arguments.balancer]
    text = (deploy / name).read_text()
    for number, port in enumerate(ports):
        text = text.replace(f"10.0.0.{11 + number}:8080", f"127.0.0.1:{port}")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{entry};").replace("bind :80\n", f"bind 127.0.0.1:{entry}\n")
    text = text.replace("127.0.0.1:10024", f"127.0.0.1:{entry + 4}")
    text = text.replace("/run/haproxy", str(folder))
    if os.getuid() != 0:
        text = text.replace("    user haproxy\n    group haproxy\n", "")
    (folder / "balancer.conf").write_text(text)
    if arguments.balancer == "haproxy":
        return ["haproxy", "-db", "-f", str(folder / "balancer.conf")]
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/log;\n"
        f"events {{ worker_connections 4096; }}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"include {folder}/balancer.conf; }}\n")
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "log")]


prompt = {"prompt": "def area(width, height):\n    ", "max_tokens": 24, "temperature": 0, "seed": 7}


class Load:
    """Clients that ask one after the other: half over connections that they keep, a third for streams."""

    def __init__(self):
        self.results, self.stopping = [], False
        self.threads = [threading.Thread(target=self.ask, args=(number,)) for number in range(arguments.clients)]
        for thread in self.threads:
            thread.start()

    def ask(self, number):
        connection, turn = None, 0
        while not self.stopping:
            turn += 1
            streamed = (number + turn) % 3 == 0
            begin = time.time()
            try:
                if connection is None or number % 2:
                    connection = http.client.HTTPConnection("127.0.0.1", entry, timeout=30)
                body = prompt | {"stream": streamed, "temperature": 1, "seed": turn, "max_tokens": 48}
                status, text = request("POST", "/v1/completions", body, connection=connection)
                problem = None if status == 200 else f"status {status}"
                if problem is None and streamed and b"[DONE]" not in text:
                    problem = "stream without its end"
            except (OSError, http.client.HTTPException) as error:
                problem = type(error).__name__
            if problem:
                connection = None
            self.results.append((begin, time.time(), problem))

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()
        return self.results


def problems(results):
    return dict(collections.Counter(problem for _, _, problem in results if problem))


def begin_session(tokens=64):
    status, text = request("POST", "/v1/sessions", {"prompt": "x = 1\n", "max_tokens": tokens, "temperature": 0})
    if status != 201:
        raise SystemExit(f"no session: {status} {text[:200]}")
    return json.loads(text)["id"]


def command(session, body):
    status, text = request("POST", f"/v1/sessions/{session}/commands", body)
    return status, json.loads(text)


folder_owner = tempfile.TemporaryDirectory()
folder = pathlib.Path(folder_owner.name)
# nginx drops its rights where it is started by root.
folder.chmod(0o755)
replicas, balancer = [], None
try:
    replicas = [Replica(port) for port in ports]
    balancer = subprocess.Popen(shipped(folder))
    if not wait(lambda: request("GET", "/ready")[0] == 200):
        raise SystemExit("the balancer does not start")
    time.sleep(1.5)

    load = Load()
    time.sleep(2)
    results = load.stop()
    shares = [replica.answered() for replica in replicas]
    report("completions are spread", not problems(results) and min(shares) > len(results) / 6,
           f"{len(results)} requests in 2 s, by replica {shares}, failed {problems(results)}")

    texts = [request("POST", "/v1/completions", prompt, port=port)[1] for port in ports]
    texts += [request("POST", "/v1/completions", prompt)[1] for _ in range(12)]
    distinct = {json.loads(text)["choices"][0]["text"] for text in texts}
    report("equal requests give equal text", len(distinct) == 1,
           f"{len(distinct)} text of {len(texts)} answers: {min(distinct)[:40]!r}")

    connection = http.client.HTTPConnection("127.0.0.1", entry, timeout=60)
    begin = time.time()
    connection.request("POST", "/v1/completions", json.dumps(prompt | {"stream": True, "max_tokens": 900, "temperature": 1,
                       "mode": "autoregressive"}), {"authorization": f"Bearer {key}"})
    response = connection.getresponse()
    times = []
    while response.read1(65536):
        times.append(time.time() - begin)
    connection.close()
    report("a stream arrives in pieces", len(times) > 20 and times[0] < times[-1] / 4,
           f"{len(times)} pieces, the first after {times[0] * 1000:.0f} ms, the last after {times[-1] * 1000:.0f} ms")

    status, text = request("POST", "/v1/completions", prompt, headers={})
    report("without a key", status == 401 and b'"error"' in text, str(status))

    counts = {path: request("GET", path)[0] for path in
              ["/metrics", "/metrics/", "//metrics", "/metrics?x", "/%6detrics", "/metrics%2f", "/v1/../metrics", "/./metrics"]}
    report("metrics stay inside", set(counts.values()) <= {404, 400}, str(counts))

    taken = [replica.answered('route="/v1/completions"') for replica in replicas]
    peer = socket.create_connection(("127.0.0.1", entry))
    peer.settimeout(10)
    peer.sendall(b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 17000000\r\n\r\n{")
    head = peer.recv(4096)
    peer.close()
    same = taken == [replica.answered('route="/v1/completions"') for replica in replicas]
    report("a body that is too large is refused", b" 413 " in head.split(b"\r\n")[0] and same,
           f"{head[:40]!r}, {'no replica saw it' if same else 'a replica saw it'}")
    connection = http.client.HTTPConnection("127.0.0.1", entry, timeout=30)
    try:
        connection.request("POST", "/v1/completions", iter([b"x" * 65536] * 272), {"authorization": f"Bearer {key}"},
                           encode_chunked=True)
        answer = str(connection.getresponse().status)
    except OSError as error:
        answer = type(error).__name__
    connection.close()
    report("also one that does not tell its length", answer == "413" or "Error" in answer, answer)

    sessions = [begin_session() for _ in range(9)]
    begun = [replica.answered('route="/v1/sessions",status="201"') for replica in replicas]
    states = []
    for turn in range(1, 4):
        # In another order than they began, so that turns of the balancer do not happen to fit.
        states += [command(session, {"step": 1}) for session in sessions[turn:] + sessions[:turn]]
    wrong = [status for status, _ in states if status != 200]
    forwards = [state.get("forwards") for _, state in states]
    asides = sum(replica.answered('route="/v1/sessions/{id}/commands",status="404"') for replica in replicas)
    report("sessions stay with their replica", not wrong and forwards == [1] * 9 + [2] * 9 + [3] * 9 and min(begun) > 0,
           f"9 sessions by replica {begun}, 27 steps, {len(wrong)} failed, {asides} times another replica was asked first")

    connection = http.client.HTTPConnection("127.0.0.1", entry, timeout=30)
    connection.request("GET", f"/v1/sessions/{sessions[0]}/events", headers={"authorization": f"Bearer {key}"})
    response = connection.getresponse()
    response.read1(65536)
    begin = time.time()
    command(sessions[0], {"run": {"rest_milliseconds": 100}})
    seen = []
    while len(seen) < 5 and (data := response.read1(65536)):
        seen.append(time.time() - begin)
    connection.close()
    # A balancer that waits for more to send does so for 200 ms.
    report("a session's events arrive as they come", len(seen) == 5 and seen[0] < 0.18 and seen[-1] - seen[0] > 0.2,
           f"5 pieces {seen[0] * 1000:.0f} to {seen[-1] * 1000:.0f} ms after the command")
    ended = [request("DELETE", f"/v1/sessions/{session}")[0] for session in sessions]
    gone = [command(session, {"step": 1})[0] for session in sessions]
    report("sessions end", ended == [200] * 9 and gone == [404] * 9,
           f"deleted {ended.count(200)}, then {gone.count(404)} times 404")

    # A stop, as in an update: what runs ends well, new requests go elsewhere.
    load = Load()
    time.sleep(arguments.seconds / 4)
    stopped = time.time()
    running = replicas[0].metric("cinnabar_running_texts")
    replicas[0].process.send_signal(signal.SIGTERM)
    code = replicas[0].process.wait(30)
    ended = time.time() - stopped
    time.sleep(arguments.seconds / 2)
    others = [replica.answered() for replica in replicas[1:]]
    replicas[0].start()
    time.sleep(max(arguments.seconds / 4, 6))
    results = load.stop()
    after = sum(begin > stopped for begin, _, _ in results)
    report("a replica that is stopped fails no request", not problems(results) and code == 0,
           f"{len(results)} requests, {after} after the signal, {running} running at it, replica gone in {ended:.2f} s with "
           f"status {code}, failed {problems(results)}")
    report("it gets requests again", replicas[0].answered() > 0, f"{replicas[0].answered()} since its return")

    # A death.
    doomed = [begin_session() for _ in range(9)]
    load = Load()
    time.sleep(arguments.seconds / 4)
    killed = time.time()
    replicas[1].process.kill()
    replicas[1].process.wait()
    time.sleep(arguments.seconds / 2)
    statuses = collections.Counter(command(session, {"step": 1})[0] for session in doomed)
    replicas[1].start()
    time.sleep(max(arguments.seconds / 4, 6))
    results = load.stop()
    lost = [item for item in results if item[2]]
    late = [item for item in lost if item[0] > killed + 0.05]
    report("a replica that dies fails only what ran on it", len(lost) <= arguments.clients and not late,
           f"{len(results)} requests, {sum(begin > killed for begin, _, _ in results)} after its death, "
           f"failed {problems(results)}, of those {len(late)} begun later than 50 ms after it")
    report("it gets requests again", replicas[1].answered() > 0, f"{replicas[1].answered()} since its return")
    report("sessions of the others go on, its own are gone", statuses[200] > 0 and set(statuses) <= {200, 404},
           f"by status {dict(statuses)}")
finally:
    for process in [replica.process for replica in replicas] + ([balancer] if balancer else []):
        process.terminate()
    for process in [replica.process for replica in replicas] + ([balancer] if balancer else []):
        process.wait(30)
    if failures and (folder / "log").exists():
        print((folder / "log").read_text()[-3000:])
    folder_owner.cleanup()
raise SystemExit(1 if failures else 0)
