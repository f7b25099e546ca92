import Common
import Synchronization

/// Programs that several workers take from, each with a server of its own.
final class SandboxBatch: Sendable {
    private struct State {
        var next = 0
        var done = 0
        var results: [SandboxResult?]
        var isolation: SandboxIsolation?
        var error: (any Error)?
    }

    private let sandbox: Sandbox
    private let programs: [SandboxProgram]
    private let progress: @Sendable (Int) -> Void
    private let isCancelled: @Sendable () -> Bool
    private let state: Mutex<State>

    init(
        sandbox: Sandbox,
        programs: [SandboxProgram],
        progress: @escaping @Sendable (Int) -> Void,
        isCancelled: @escaping @Sendable () -> Bool
    ) {
        self.sandbox = sandbox
        self.programs = programs
        self.progress = progress
        self.isCancelled = isCancelled
        state = Mutex(State(results: Array(repeating: nil, count: programs.count)))
    }

    /// One worker: takes programs until there are none. An error stops all workers.
    func work() {
        do {
            var server = try start()
            while let index = take() {
                if isCancelled() { throw CinnabarError(.cancelled, "running programs was cancelled") }
                if let result = server.run(programs[index], limits: sandbox.limits) {
                    put(result, at: index)
                } else {
                    put(Self.lost, at: index)
                    server = try start()
                }
            }
        } catch {
            state.withLock { $0.error = $0.error ?? error }
        }
    }

    /// The results in the order of the programs, after all workers are done.
    func finish() throws -> ([SandboxResult], SandboxIsolation) {
        try state.withLock { state in
            if let error = state.error { throw error }
            let results = state.results.compactMap { $0 }
            guard let isolation = state.isolation, results.count == programs.count else {
                throw CinnabarError(.resource, "the sandbox gave \(results.count) of \(programs.count) results")
            }
            return (results, isolation)
        }
    }

    private func start() throws -> SandboxServer {
        let server = try SandboxServer(python: sandbox.python, namespaces: sandbox.namespaces)
        state.withLock { state in
            // The weakest walls of all workers are what a report must state.
            if state.isolation?.isComplete ?? true { state.isolation = server.isolation }
        }
        return server
    }

    private func take() -> Int? {
        state.withLock { state in
            guard state.error == nil, state.next < programs.count else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    private func put(_ result: SandboxResult, at index: Int) {
        state.withLock { state in
            state.results[index] = result
            state.done += 1
            // Under the lock, so that counts come in order.
            progress(state.done)
        }
    }

    private static let lost = SandboxResult(
        outcome: .sandbox,
        detail: "the sandbox server was gone after this program",
        parsed: nil,
        output: "",
        seconds: 0,
        processorSeconds: 0
    )
}
