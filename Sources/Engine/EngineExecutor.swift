import Dispatch

/// Runs an actor on a queue of its own: its calls block for the length of a forward, which the shared pool of threads must
/// not pay for.
final class EngineExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "cinnabar.engine", qos: .userInitiated)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// Behind all calls that wait by now.
    func run(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }

    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
