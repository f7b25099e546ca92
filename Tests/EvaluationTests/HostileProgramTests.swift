import Evaluation
import Foundation
import Testing

/// A program that means harm, and the ways in which it may end, with kernel namespaces and without.
struct HostileProgram: Sendable, CustomTestStringConvertible {
    var name: String
    var source: String
    var outcomes: Set<SandboxResult.Outcome>
    /// Without namespaces; nil: the same.
    var weakOutcomes: Set<SandboxResult.Outcome>?

    var testDescription: String { name }

    static let all: [HostileProgram] = [
        .init(name: "endless loop", source: "while True: pass", outcomes: [.timeout]),
        .init(name: "endless sleep", source: "import time\ntime.sleep(1000)", outcomes: [.timeout]),
        .init(
            name: "fork bomb",
            source: "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
            outcomes: [.timeout, .signal]
        ),
        .init(
            name: "thread bomb",
            source: "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(99,)).start()",
            outcomes: [.exception, .timeout]
        ),
        .init(
            name: "memory hog",
            source: "x = []\nwhile True: x.append(bytearray(1 << 24))",
            outcomes: [.memory]
        ),
        .init(
            name: "one huge file",
            source: "f = open('x', 'wb')\nfor _ in range(10 << 10): f.write(bytes(1 << 20))",
            outcomes: [.exception]
        ),
        .init(
            name: "many files",
            source: "for i in range(10 << 10):\n  with open(f'x{i}', 'wb') as f: f.write(bytes(1 << 20))",
            outcomes: [.exception],
            weakOutcomes: [.disk]
        ),
        .init(
            name: "ignores signals",
            source: """
                import signal
                for number in range(1, 65):
                    try: signal.signal(number, signal.SIG_IGN)
                    except (OSError, ValueError): pass
                while True: pass
                """,
            outcomes: [.timeout]
        ),
        .init(
            name: "prints for ever",
            source: "while True: print('x' * 1000)",
            outcomes: [.timeout]
        ),
        .init(
            name: "reaches out",
            source: "import socket\nsocket.create_connection(('1.1.1.1', 53), 1)",
            outcomes: [.exception]
        ),
        .init(
            name: "listens",
            source: """
                import socket
                server = socket.socket()
                server.bind(('127.0.0.1', 0))
                server.listen()
                socket.create_connection(server.getsockname(), 1)
                """,
            outcomes: [.exception]
        ),
        .init(
            name: "writes elsewhere",
            source: "open('/var/tmp/cinnabar-evil', 'w')",
            outcomes: [.exception]
        ),
        .init(
            name: "kills its parent",
            source: "import os\nos.kill(os.getppid(), 9)\nwhile True: pass",
            outcomes: [.timeout, .exception]
        ),
        .init(name: "kills everyone", source: "import os\nos.kill(-1, 9)", outcomes: [.exception]),
    ]
}

@Suite(.needsPython, .serialized)
struct HostileProgramTests {
    /// Short only for programs that never end by themselves, so that a slow machine does not change a verdict.
    private func limits(short: Bool) -> SandboxLimits {
        var limits = SandboxLimits()
        limits.memory = 256 << 20
        if short {
            limits.processorSeconds = 1
            limits.wallSeconds = 4
        }
        return limits
    }

    /// After each hostile program the same server must still run a harmless one.
    private func check(_ hostile: HostileProgram, namespaces: Bool) throws {
        // In Python's own wall, starting a process or sending a signal is an exception.
        let expected = namespaces ? hostile.outcomes : hostile.weakOutcomes ?? hostile.outcomes
        let limits = limits(short: expected.contains(.timeout))
        let sandbox = Sandbox(limits: limits, concurrency: 1, namespaces: namespaces)
        let run = try sandbox.run([SandboxProgram(source: hostile.source), SandboxProgram(source: "print('well')")])
        let result = run.results[0]
        #expect(expected.contains(result.outcome), "\(result)")
        #expect(result.output.utf8.count <= limits.output)
        #expect(run.results[1].passed && run.results[1].output == "well\n", "\(run.results[1])")
        #expect(!FileManager.default.fileExists(atPath: "/var/tmp/cinnabar-evil"))
    }

    @Test(.needsNamespaces, arguments: HostileProgram.all)
    func isContained(_ hostile: HostileProgram) throws {
        try check(hostile, namespaces: true)
    }

    @Test(arguments: HostileProgram.all)
    func isContainedWithoutNamespaces(_ hostile: HostileProgram) throws {
        try check(hostile, namespaces: false)
    }

    /// A daemon (new session, parent gone) ends with its program. It is seen from outside by its command line.
    @Test(.needsNamespaces) func daemonsEnd() throws {
        let mark = "cinnabar-daemon-\(UUID().uuidString)"
        // The command line of a daemon is its own only after exec, hence /bin/sh, which says when it runs.
        let source = """
            import os
            ready, go = os.pipe()
            os.set_inheritable(go, True)
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    os.execv("/bin/sh", ["\(mark)", "-c", f"echo started; echo >&{go}; sleep 600; echo"])
                os._exit(0)
            assert os.read(ready, 1)
            """
        let result = try Sandbox(concurrency: 1).run(SandboxProgram(source: source))
        #expect(result.passed && result.output == "started\n", "\(result)")
        #expect(processes(naming: mark).isEmpty)
    }

    /// The sandbox dies with its owner, whatever way that ends: here by SIGKILL, which nothing can handle.
    @Test(.needsNamespaces) func nothingOutlivesItsOwner() throws {
        let mark = "cinnabar-owner-\(UUID().uuidString)"
        let script = """
            import json, os, socket, subprocess, sys, time
            ours, theirs = socket.socketpair()
            boot, server, limits, mark = sys.argv[1:]
            subprocess.Popen([sys.executable, "-c", boot, server, mark], stdin=theirs, stdout=theirs)
            theirs.close()
            stream = ours.makefile("rw")
            stream.readline()
            stream.write(json.dumps({"program": "while True: pass", "limits": json.loads(limits)}) + "\\n")
            stream.flush()
            time.sleep(600)
            """
        let limits = """
            {"cpu": 300, "wall": 300, "memory": 268435456, "file": 4096, "disk": 65536, "processes": 4, "output": 9}
            """
        let owner = Process()
        owner.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        owner.arguments = ["python3", "-c", script, SandboxScript.boot, SandboxScript.server, limits, mark]
        try owner.run()
        // The owner, the server, the keeper and the program.
        #expect(eventually { processes(naming: mark).count == 4 })
        kill(owner.processIdentifier, SIGKILL)
        owner.waitUntilExit()
        #expect(eventually { processes(naming: mark).isEmpty })
    }

    private func eventually(_ condition: () -> Bool) -> Bool {
        for _ in 0..<300 {
            if condition() { return true }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return false
    }

    /// Identifiers of the processes whose command line contains `mark`.
    private func processes(naming mark: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { name in
            Int(name) != nil
                && FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
                    .map { String(decoding: $0, as: UTF8.self).contains(mark) } ?? false
        }
    }
}
