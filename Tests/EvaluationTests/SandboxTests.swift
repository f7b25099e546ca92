import Common
import Evaluation
import Foundation
import Synchronization
import Testing

@Suite(.needsPython)
struct SandboxTests {
    @Test(arguments: [
        ("print('hello')", SandboxResult.Outcome.passed),
        ("assert 1 + 1 == 3, 'sum'", .assertion),
        ("raise ValueError('bad')", .exception),
        ("def (", .syntax),
        ("  x = 1", .syntax),
        ("import sys; sys.exit(0)", .exited),
        ("import os; os._exit(0)", .exited),
        ("exit()", .exception),  // Not a builtin without site packages.
        ("raise KeyboardInterrupt", .exception),
        ("class E(Exception):\n  def __str__(self): raise ValueError\nraise E", .exception),
        ("def f(): f()\nf()", .exception),
        ("raise ValueError('\\ud800\\0')", .exception),
        ("import sys; sys.stdout.close()", .passed),
        ("x = '\\0'", .passed),
        ("", .passed),
        ("import ctypes; ctypes.string_at(0)", .signal),
        ("input()", .exception),
        ("import math, collections, typing, hashlib, re\nassert hashlib.md5(b'').hexdigest()", .passed),
        ("assert __name__ == '__main__'", .passed),
    ])
    func outcomes(_ source: String, _ expected: SandboxResult.Outcome) throws {
        let result = try Sandbox(concurrency: 1).run(SandboxProgram(source: source))
        #expect(result.outcome == expected, "\(result)")
        #expect(result.passed == (expected == .passed))
        #expect(result.detail.isEmpty == result.passed)
    }

    @Test func parsesWithoutRunning() throws {
        let texts = ["x = 1", "x = ", "", "a\0b", "print('\u{1F600}')", String(repeating: "(", count: 5000)]
        let run = try Sandbox(concurrency: 2).run(texts.map { SandboxProgram(source: nil, parse: $0) })
        #expect(run.results.map(\.parsed) == [true, false, true, false, true, false])
        #expect(run.results.allSatisfy { $0.output.isEmpty })
    }

    @Test func resultsKeepTheirOrder() throws {
        let programs = (0..<60).map { SandboxProgram(source: "print(\($0)); assert \($0) % 3") }
        let counts = Mutex<[Int]>([])
        let run = try Sandbox(concurrency: 3).run(programs, progress: { count in counts.withLock { $0.append(count) } })
        #expect(run.results.map(\.output) == (0..<60).map { "\($0)\n" })
        #expect(run.results.map(\.passed) == (0..<60).map { $0 % 3 != 0 })
        #expect(counts.withLock { $0 } == Array(1...60))
    }

    @Test func runsRepeat() throws {
        let source = "import random\nprint(random.random(), {'a', 'b', 'c', 'd', 'e'}, hash('x'))"
        let run = try Sandbox(concurrency: 2).run((0..<4).map { _ in SandboxProgram(source: source) })
        #expect(Set(run.results.map(\.output)).count == 1)
    }

    @Test func programsSeeNothingOfUs() throws {
        setenv("CINNABAR_TEST_SECRET", "do-not-tell", 1)
        let source = """
            import os, sys
            print(sorted(os.environ), os.listdir("."), sys.argv)
            for number in range(3, 256):
                try:
                    os.fstat(number)
                    print("open", number)
                except OSError:
                    pass
            """
        let result = try Sandbox(concurrency: 1).run(SandboxProgram(source: source))
        #expect(!result.output.contains("SECRET"))
        // Descriptor 3 leads to the keeper of this very program; nothing else is inherited.
        #expect(result.output.split(separator: "\n").dropFirst() == ["open 3"])
        #expect(result.output.contains("] [] ['program.py']"))
    }

    @Test func forgedVerdictsDoNotCount() throws {
        let source = "import os\nos.write(3, b'[\"done\", true]\\n')\nos._exit(0)"
        #expect(try Sandbox(concurrency: 1).run(SandboxProgram(source: source)).outcome == .exited)
    }

    @Test func cancellationStops() async {
        let programs = Array(repeating: SandboxProgram(source: ""), count: 50)
        let done = Atomic(0)
        let code = await errorCode {
            _ = try Sandbox(concurrency: 2).run(
                programs,
                progress: { done.store($0, ordering: .relaxed) },
                isCancelled: { done.load(ordering: .relaxed) >= 5 }
            )
        }
        #expect(code == .cancelled)
        #expect((5...8).contains(done.load(ordering: .relaxed)))
    }

    @Test func badSettingsAreErrors() async {
        let program = SandboxProgram(source: "")
        #expect(await errorCode { _ = try Sandbox(python: "no-such-python").run(program) } == .resource)
        #expect(await errorCode { _ = try Sandbox(python: "true").run(program) } == .resource)
        #expect(await errorCode { _ = try Sandbox(concurrency: 0).run(program) } == .invalidArgument)
        var limits = SandboxLimits()
        limits.processorSeconds = .nan
        #expect(await errorCode { _ = try Sandbox(limits: limits).run(program) } == .invalidArgument)
        limits = SandboxLimits()
        limits.memory = -1
        #expect(await errorCode { _ = try Sandbox(limits: limits).run(program) } == .invalidArgument)
    }
}
