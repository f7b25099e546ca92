import Common
import Foundation
import Synchronization

/// A fixed set of threads that run the same function on different parts of the work and meet at its end.
///
/// Workers spin for a moment after each round, since the next forward follows as soon as its tokens are chosen, then
/// sleep. The caller is worker 0. One caller at a time; a second one waits.
package final class ThreadPool: Sendable {
    package let threads: Int
    private let shared: Shared
    private let turn = Mutex<Void>(())

    /// State that workers and caller share. `@unchecked Sendable`: `body` is written by the caller before `round`
    /// is raised (release) and read by workers after they saw it (acquire).
    private final class Shared: @unchecked Sendable {
        let round = Atomic<Int>(0)
        let running = Atomic<Int>(0)
        let stopping = Atomic<Bool>(false)
        let sleepers = Atomic<Int>(0)
        let gate = NSCondition()
        var body: (@Sendable (Int) -> Void)?
    }

    /// - Parameter threads: how many threads work, the caller included; default all that the process may use.
    package init(threads: Int = ThreadPool.availableProcessors) {
        self.threads = max(1, threads)
        shared = Shared()
        for worker in 1..<max(self.threads, 2) where worker < self.threads {
            let shared = shared
            let thread = Thread { ThreadPool.work(worker, shared) }
            // Texts take in their predictions here, and a grammar may be deep. Memory only as far as it is used.
            thread.stackSize = 16 << 20
            thread.start()
        }
    }

    deinit {
        shared.stopping.store(true, ordering: .releasing)
        shared.gate.lock()
        shared.gate.broadcast()
        shared.gate.unlock()
    }

    /// Processors that this process may run on: of a container's share in them a part counts whole.
    package static var availableProcessors: Int {
        let processors = ProcessInfo.processInfo.activeProcessorCount
        guard let share = ContainerLimits.current.processors else { return processors }
        return min(processors, max(1, Int(share.rounded(.up))))
    }

    /// How long an idle worker spins: longer than the policy needs between two forwards, and than waking it would take.
    private static let patience = Duration.microseconds(200)

    private static func work(_ worker: Int, _ shared: Shared) {
        var seen = 0
        while true {
            while shared.round.load(ordering: .acquiring) == seen {
                if shared.stopping.load(ordering: .acquiring) { return }
                let isCalled = Spin.wait(atMost: patience) { shared.round.load(ordering: .acquiring) != seen }
                if !isCalled { sleep(until: seen, shared) }
            }
            seen = shared.round.load(ordering: .acquiring)
            shared.body?(worker)
            shared.running.subtract(1, ordering: .acquiringAndReleasing)
        }
    }

    private static func sleep(until seen: Int, _ shared: Shared) {
        shared.gate.lock()
        shared.sleepers.add(1, ordering: .sequentiallyConsistent)
        while shared.round.load(ordering: .sequentiallyConsistent) == seen,
            !shared.stopping.load(ordering: .acquiring)
        {
            shared.gate.wait()
        }
        shared.sleepers.subtract(1, ordering: .sequentiallyConsistent)
        shared.gate.unlock()
    }

    /// Calls `body(worker)` once for each worker in 0..<threads, at the same time, and returns when all have.
    ///
    /// - Parameter alone: the caller is the only worker.
    package func run(alone: Bool = false, _ body: (Int) -> Void) {
        guard threads > 1, !alone else { return body(0) }
        turn.withLock { _ in
            // The workers are done with the closure before this function returns.
            withoutActuallyEscaping(body) { escaping in
                shared.body = unsafeBitCast(escaping, to: (@Sendable (Int) -> Void).self)
                shared.running.store(threads - 1, ordering: .releasing)
                shared.round.add(1, ordering: .sequentiallyConsistent)
                if shared.sleepers.load(ordering: .sequentiallyConsistent) > 0 {
                    shared.gate.lock()
                    shared.gate.broadcast()
                    shared.gate.unlock()
                }
                escaping(0)
                Spin.until { shared.running.load(ordering: .acquiring) == 0 }
                shared.body = nil
            }
        }
    }

    /// The part of `count` items that `worker` takes when they are dealt out in contiguous shares.
    package func share(of count: Int, worker: Int) -> Range<Int> {
        Self.share(of: count, worker: worker, workers: threads)
    }

    package static func share(of count: Int, worker: Int, workers: Int) -> Range<Int> {
        (count * worker / workers)..<(count * (worker + 1) / workers)
    }
}
