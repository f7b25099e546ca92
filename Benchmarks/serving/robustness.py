#!/usr/bin/env python3
"""Hostile connections against `cinnabar serve` with the default model. Standard library only.

    Benchmarks/serving/robustness.py [--program .build/release/cinnabar] [--connections 10000]

Each check prints a line with its figures; the exit status is 1 if one failed.
"""
import argparse
import http.client
import json
import os
import re
import resource
import signal
import socket
import subprocess
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("--program", default=".build/release/cinnabar")
parser.add_argument("--connections", type=int, default=10_000)
parser.add_argument("--stops", type=int, default=6)
parser.add_argument("--port", type=int, default=18432)
arguments = parser.parse_args()
port = arguments.port
failures = 0


def report(name, passed, detail=""):
    global failures
    failures += not passed
    print(f"{'ok    ' if passed else 'FAILED'} {name}: {detail}", flush=True)


def start(*settings):
    command = [arguments.program, "serve", "--port", str(port), "--log-level", "critical"]
    for setting in settings:
        command += ["--set", setting]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            if request("GET", "/health")[0] == 200:
                return server
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the server does not start")


def request(method, path, body=None, timeout=60):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    connection.request(method, path, body)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, text


def metric(name):
    text = request("GET", "/metrics")[1].decode()
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.M))


def memory(server):
    with open(f"/proc/{server.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) // 1024


def wait(condition, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def stream(tokens=900, path="/v1/completions", temperature=1):
    """A connection that has sent a request for a long stream."""
    body = json.dumps({"prompt": "x = 1\n", "max_tokens": tokens, "stream": True, "mode": "autoregressive",
                       "temperature": temperature, "seed": 1})
    peer = socket.create_connection(("127.0.0.1", port))
    peer.sendall(f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())
    return peer


def closed(peer, seconds):
    peer.settimeout(seconds)
    try:
        while peer.recv(65536):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:
        return True


soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
count = min(arguments.connections, hard - 200)

server = start("idle_seconds=12", "body_seconds=8", "max_running=4", "max_queued=8", "request_seconds=30")
try:
    before = memory(server)
    peers = []
    for index in range(count):
        peer = socket.create_connection(("127.0.0.1", port))
        peer.sendall([b"", b"POST /v1/comp", b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{"][index % 3])
        peers.append(peer)
    # Measured when the server has taken them all.
    wait(lambda: len(os.listdir(f"/proc/{server.pid}/fd")) >= count)
    grown = memory(server)
    status, _ = request("POST", "/v1/completions", '{"prompt":"x","max_tokens":2}')
    report(f"{count} unfinished requests leave room", status == 200, f"{before} MB before, {grown} MB with them")
    begin = time.time()
    left = [peer for peer in peers if not closed(peer, max(0.01, 20 - (time.time() - begin)))]
    report("unfinished requests are closed", not left, f"{len(left)} open after {time.time() - begin:.1f} s")
    for peer in peers:
        peer.close()

    trickle = socket.create_connection(("127.0.0.1", port))
    trickle.sendall(b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n")
    begin = time.time()
    answer = b""
    trickle.settimeout(0.5)
    while time.time() - begin < 15:
        try:
            trickle.sendall(b" ")
            answer += trickle.recv(4096) or b"!"
            if answer.endswith(b"!"):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    report("a body that trickles in is given up", b"408" in answer or time.time() - begin < 12,
           f"{time.time() - begin:.1f} s")

    for name, data in {
        "no HTTP": b"\x16\x03\x01\x00\x05hello\r\n\r\n", "a huge header": b"GET / HTTP/1.1\r\nx: " + b"a" * 200_000 + b"\r\n\r\n",
        "a negative length": b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n",
        "two lengths": b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        "a bad chunk": b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    }.items():
        peer = socket.create_connection(("127.0.0.1", port))
        peer.settimeout(10)
        try:
            peer.sendall(data)
            reply = peer.recv(4096)
        except OSError:
            reply = b""
        peer.close()
        report(name, not reply.startswith(b"HTTP/1.1 2") and server.poll() is None, str(reply[:40]))

    gone = metric("cinnabar_disconnected_requests_total")
    peers = [stream() for _ in range(4)]
    wait(lambda: metric("cinnabar_running_texts") == 4)
    for peer in peers:
        peer.recv(100)
        peer.close()
    begin = time.time()
    ended = wait(lambda: metric("cinnabar_running_texts") == 0)
    report("texts of clients that went away end", ended, f"{time.time() - begin:.2f} s, "
           f"{metric('cinnabar_disconnected_requests_total') - gone:.0f} of 4 noticed before their end")

    peers = [stream() for _ in range(4)]
    waiting = [stream() for _ in range(8)]
    wait(lambda: metric("cinnabar_queued_requests") == 8, 2)
    statuses = [request("POST", "/v1/completions", '{"prompt":"x","max_tokens":2}')[0] for _ in range(3)]
    for peer in peers + waiting:
        peer.close()
    report("a full queue answers 429", 429 in statuses or 200 in statuses, str(statuses))
    report("queued requests of clients that went away leave",
           wait(lambda: metric("cinnabar_queued_requests") + metric("cinnabar_running_texts") == 0), "")

    slow = [stream() for _ in range(4)]
    time.sleep(1)
    status, _ = request("POST", "/v1/completions", '{"prompt":"x","max_tokens":2}')
    report("readers that do not read keep nobody waiting", status == 200 and
           wait(lambda: metric("cinnabar_running_texts") == 0, 10), f"{memory(server)} MB")
    for peer in slow:
        peer.close()

    peer = stream(tokens=400)
    peer.recv(10)
    texts = []

    def read():
        peer.settimeout(30)
        try:
            while data := peer.recv(65536):
                texts.append(data)
        except OSError:
            pass

    reader = threading.Thread(target=read)
    reader.start()
    server.send_signal(signal.SIGTERM)
    reader.join(40)
    code = server.wait(40)
    report("a signal to stop lets running texts finish", b"[DONE]" in b"".join(texts) and code == 0, f"exit status {code}")

    # Requests over kept connections, as balancers send them, until a reply says that the server goes: those that were sent and got
    # no answer are lost.
    for delay in (0, 2):
        lost, answered = [], []

        def knock():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            while True:
                try:
                    if not connection.sock:
                        connection.connect()
                except OSError:
                    return
                try:
                    connection.request("POST", "/tokenize", '{"content":"x"}')
                    response = connection.getresponse()
                    response.read()
                    answered.append(1)
                    if response.getheader("connection") == "close":
                        return
                except (OSError, http.client.HTTPException):
                    lost.append(1)
                    connection.close()

        for _ in range(arguments.stops):
            server = start(f"drain_delay_seconds={delay}")
            clients = [threading.Thread(target=knock) for _ in range(8)]
            for client in clients:
                client.start()
            time.sleep(1)
            server.send_signal(signal.SIGTERM)
            for client in clients:
                client.join()
            server.wait(40)
        report(f"drain_delay_seconds={delay}", delay == 0 or not lost,
               f"{len(answered)} answers over {arguments.stops} stops, {len(lost)} requests without one")
finally:
    server.kill()
    server.wait()
raise SystemExit(1 if failures else 0)
