import Common
import Foundation

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

    /// Runs all programs. Blocks its thread.
    ///
    /// - Parameters:
    ///   - progress: called with the number of finished programs, from any thread, never two at a time.
    ///   - isCancelled: asked before each program.
    /// - Throws: `resource` when Python cannot be started, `invalidArgument` for bad limits, `cancelled`.
    package func run(
        _ programs: [SandboxProgram],
        progress: @escaping @Sendable (Int) -> Void = { _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> Run {
        try limits.validate()
        guard concurrency >= 1 else {
            throw CinnabarError(.invalidArgument, "the sandbox needs a concurrency of at least 1, not \(concurrency)")
        }
        let begin = ContinuousClock.now
        let batch = SandboxBatch(sandbox: self, programs: programs, progress: progress, isCancelled: isCancelled)
        // Threads, not a pool: they spend their time waiting, and a pool as small as the machine would starve others.
        let workers = DispatchGroup()
        for _ in 0..<max(1, min(concurrency, programs.count)) {
            workers.enter()
            Thread.detachNewThread {
                batch.work()
                workers.leave()
            }
        }
        workers.wait()
        let (results, isolation) = try batch.finish()
        return Run(results: results, isolation: isolation, seconds: (ContinuousClock.now - begin) / .seconds(1))
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
}
