import Common
import Foundation
import Synchronization

/// Runs Python programs that nobody has vouched for: each in its own process, with limits, without network, and
/// killed with all that it started. See `SandboxIsolation` for what the system adds.
///
/// Cost: 5-20 ms a program beyond the program itself.
package struct Sandbox: Sendable {
    /// The Python to use: a command on the search path, or a path.
    package var python: String
    package var limits: SandboxLimits
    /// Programs at a time.
    package var concurrency: Int
    /// False forces the walls inside Python, for tests of those.
    package var namespaces: Bool

    /// - Parameter concurrency: nil takes the number of cores.
    package init(
        python: String = "python3",
        limits: SandboxLimits = SandboxLimits(),
        concurrency: Int? = nil,
        namespaces: Bool = true
    ) {
        self.python = python
        self.limits = limits
        self.concurrency = concurrency ?? ProcessInfo.processInfo.activeProcessorCount
        self.namespaces = namespaces
    }

    /// What `run` gives back.
    package struct Run: Sendable {
        /// In the order of the programs.
        package var results: [SandboxResult]
        package var isolation: SandboxIsolation
        /// Wall time in all, with the start of Python.
        package var seconds: Double
    }

    private struct Shared {
        var next = 0
        var done = 0
        var results: [SandboxResult?]
        var isolation: SandboxIsolation?
        var error: (any Error)?
    }

    /// Runs all programs. Blocks its thread.
    ///
    /// - Parameters:
    ///   - progress: called with the number of finished programs, from any thread, never two at a time.
    ///   - isCancelled: asked before each program.
    /// - Throws: `resource` when Python cannot be started, `invalidArgument` for bad limits, `cancelled`.
    package func run(
        _ programs: [SandboxProgram],
        progress: @Sendable (Int) -> Void = { _ in },
        isCancelled: @Sendable () -> Bool = { false }
    ) throws -> Run {
        try limits.validate()
        guard concurrency >= 1 else {
            throw CinnabarError(.invalidArgument, "the sandbox needs a concurrency of at least 1, not \(concurrency)")
        }
        let begin = ContinuousClock.now
        let shared = Mutex(Shared(results: Array(repeating: nil, count: programs.count)))
        DispatchQueue.concurrentPerform(iterations: max(1, min(concurrency, programs.count))) { _ in
            do {
                try work(programs, shared, progress, isCancelled)
            } catch {
                shared.withLock { $0.error = $0.error ?? error }
            }
        }
        return try shared.withLock { shared in
            if let error = shared.error { throw error }
            guard let isolation = shared.isolation else {
                throw CinnabarError(.resource, "the sandbox did not start")
            }
            let seconds = (ContinuousClock.now - begin) / .seconds(1)
            return Run(results: shared.results.compactMap { $0 }, isolation: isolation, seconds: seconds)
        }
    }

    /// Runs one program.
    package func run(_ program: SandboxProgram) throws -> SandboxResult {
        guard let result = try run([program]).results.first else {
            throw CinnabarError(.resource, "the sandbox gave no result")
        }
        return result
    }

    /// Says which walls this system offers.
    package func probe() throws -> SandboxIsolation { try run([]).isolation }

    /// One worker: takes programs until there are none.
    private func work(
        _ programs: [SandboxProgram],
        _ shared: borrowing Mutex<Shared>,
        _ progress: @Sendable (Int) -> Void,
        _ isCancelled: @Sendable () -> Bool
    ) throws {
        var server = try SandboxServer(python: python, namespaces: namespaces)
        shared.withLock { shared in
            // The weakest walls of all workers are what a report must state.
            if shared.isolation?.isComplete ?? true { shared.isolation = server.isolation }
        }
        while true {
            let index = shared.withLock { shared -> Int? in
                guard shared.error == nil, shared.next < programs.count else { return nil }
                defer { shared.next += 1 }
                return shared.next
            }
            guard let index else { return }
            if isCancelled() { throw CinnabarError(.cancelled, "running programs was cancelled") }
            var result = server.run(programs[index], limits: limits)
            if result == nil {
                server = try SandboxServer(python: python, namespaces: namespaces)
                result = SandboxResult(
                    outcome: .sandbox,
                    detail: "the sandbox server was gone after this program",
                    parsed: nil,
                    output: "",
                    seconds: 0,
                    processorSeconds: 0
                )
            }
            shared.withLock { shared in
                shared.results[index] = result
                shared.done += 1
                progress(shared.done)
            }
        }
    }
}
