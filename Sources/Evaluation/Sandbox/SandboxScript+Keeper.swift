extension SandboxScript {
    /// The keeper of one program (clock, output, verdict) and the server's loop.
    static let keeper = #"""
        def descendants():
            parents = {}
            for name in os.listdir("/proc"):
                if name.isdigit():
                    try:
                        with open("/proc/%s/stat" % name, "rb") as file:
                            parents.setdefault(int(file.read().rsplit(b")", 1)[1].split()[1]), []).append(int(name))
                    except (OSError, IndexError, ValueError):
                        pass
            found, todo = [], [os.getpid()]
            while todo:
                below = parents.get(todo.pop(), [])
                found += below
                todo += below
            return found


        def kill_descendants():
            """Without a process namespace: kills what the program left behind, until nothing is left."""
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                try:
                    for pid in descendants():
                        try:
                            os.kill(pid, signal.SIGKILL)
                        except OSError:
                            pass
                except OSError:
                    pass
                try:
                    while os.waitpid(-1, os.WNOHANG)[0] != 0:
                        pass
                except ChildProcessError:
                    return
                time.sleep(0.002)


        def take(descriptor, store, cap):
            """Moves what is there into `store`, up to `cap` bytes in all; False at the end of the stream."""
            try:
                data = os.read(descriptor, 65536)
            except BlockingIOError:
                return True
            if data and len(store) < cap:
                store += data[:cap - len(store)]
            return bool(data)


        def keep(request, isolation):
            """One program from start to answer, in a process of its own."""
            limits = request["limits"]
            folder = None
            prctl(36, 1)  # Orphans of the program become children of this process.
            prctl(1, signal.SIGKILL)
            if isolation["processes"]:
                call("unshare", NEWPID | NEWNS)
                options = "size=%d,nr_inodes=4096,mode=777" % limits["disk"]
                mount("tmpfs", WORK, "tmpfs", MS_NOSUID | MS_NODEV, options)
                place = WORK
            else:
                place = folder = tempfile.mkdtemp(prefix="cinnabar-")
                if isolation["user"] is not None:
                    os.chmod(folder, 0o777)
            output, output_end = os.pipe()
            results, results_end = os.pipe()
            nonce = os.urandom(12).hex()
            begin = time.monotonic()
            pid = os.fork()
            if pid == 0:
                run_program(request, output_end, results_end, nonce, isolation, place)
            os.close(output_end)
            os.close(results_end)
            text, told = bytearray(), bytearray()
            streams = {output: (text, limits["output"]), results: (told, 65536)}
            poller = select.poll()
            for descriptor in streams:
                os.set_blocking(descriptor, False)
                poller.register(descriptor, select.POLLIN)
            poller.register(0, 0)  # Hang-up only: whoever asked is gone.
            try:
                handle = os.pidfd_open(pid)
                poller.register(handle, select.POLLIN)
            except (AttributeError, OSError):
                handle = None
            outcome = None
            status = usage = None
            while status is None:
                left = begin + limits["wall"] - time.monotonic()
                if left <= 0:
                    outcome = "timeout"
                    break
                if folder is not None and size_of(folder) > limits["disk"]:
                    outcome = "disk"
                    break
                events = poller.poll(min(left * 1000 + 1, 50 if handle is None or folder is not None else 1000))
                for descriptor, event in events:
                    if descriptor in streams:
                        if not take(descriptor, *streams[descriptor]):
                            poller.unregister(descriptor)
                    elif descriptor == 0:
                        outcome = "abandoned"
                if outcome is not None:
                    break
                found, code, used = os.wait4(pid, os.WNOHANG)
                if found == pid:
                    status, usage = code, used
            if status is None:
                os.kill(pid, signal.SIGKILL)
                _, status, usage = os.wait4(pid, 0)
            seconds = time.monotonic() - begin
            if not isolation["processes"]:
                kill_descendants()
            for descriptor, (store, cap) in streams.items():
                for _ in range(64):
                    before = len(store)
                    if not take(descriptor, store, cap) or len(store) == before:
                        break
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)
            if outcome == "abandoned":
                return
            facts = {}
            for line in told.decode("utf-8", "replace").split("\n"):
                if line.startswith(nonce):
                    key, value = json.loads(line[len(nonce):])
                    facts.setdefault(key, value)
            code = os.waitstatus_to_exitcode(status)
            cpu = usage.ru_utime + usage.ru_stime
            detail = ""
            if outcome == "timeout":
                detail = "wall time above %g s" % limits["wall"]
            elif outcome == "disk":
                detail = "more than %d bytes written" % limits["disk"]
            elif facts.get("done") and code == 0:
                outcome = "passed"
            elif "error" in facts:
                kind, detail = facts["error"]
                outcome = {
                    "SystemExit": "exited", "MemoryError": "memory", "AssertionError": "assertion",
                    "SyntaxError": "syntax", "IndentationError": "syntax", "TabError": "syntax",
                }.get(kind, "exception")
                detail = kind + (": " + detail if detail else "")
            elif code in (-signal.SIGKILL, -signal.SIGXCPU) and cpu >= limits["cpu"] * 0.5:
                outcome, detail = "timeout", "processor time above %g s" % limits["cpu"]
            elif code < 0:
                outcome, detail = "signal", signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
            else:
                outcome, detail = "exited", "left with status %d before its end" % code
            answer({
                "outcome": outcome, "detail": detail[:600].encode("utf-8", "replace").decode(), "parsed": facts.get("parsed"),
                "output": text.decode("utf-8", "replace"), "seconds": seconds, "processorSeconds": cpu,
            })


        def answer(value):
            data = (json.dumps(value) + "\n").encode("utf-8", "replace")
            while data:
                data = data[os.write(1, data):]


        def main():
            try:
                os.setsid()  # Ctrl-C in the terminal is for whoever started this; the closed channel then ends it.
            except PermissionError:
                pass  # Leads a process group already, which has the same effect.
            os.closerange(3, 4096)
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)
            sys.path[:] = [path for path in sys.path if path]
            try:
                with open("/proc/self/oom_score_adj", "w") as file:
                    file.write("1000")
            except OSError:
                pass
            isolation = isolate("plain" not in sys.argv[1:])
            answer({**isolation, "python": sys.version.split()[0]})
            requests = os.fdopen(0, "rb", closefd=False)
            while True:
                line = requests.readline()
                if not line.endswith(b"\n"):
                    break
                request = json.loads(line)
                pid = os.fork()
                if pid == 0:
                    code = 1
                    try:
                        keep(request, isolation)
                        code = 0
                    except BaseException as error:
                        answer({"outcome": "sandbox", "detail": repr(error)[:600], "parsed": None,
                                "output": "", "seconds": 0.0, "processorSeconds": 0.0})
                        code = 0
                    finally:
                        os._exit(code)
                _, status = os.waitpid(pid, 0)
                if status != 0:
                    answer({"outcome": "sandbox", "detail": "keeper ended with status %d" % status, "parsed": None,
                            "output": "", "seconds": 0.0, "processorSeconds": 0.0})


        main()
        """#
}
