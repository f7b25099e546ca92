import Foundation
import Kernels
import Synchronization
import Testing

@Suite struct BarrierTests {
    /// Nobody starts a step before all have ended the one before, with more workers than processors too.
    @Test(arguments: [1, 2, 3, 5]) func nobodyRunsAhead(threads: Int) {
        let pool = ThreadPool(threads: threads)
        let barrier = Barrier()
        let done = Atomic<Int>(0)
        let early = Atomic<Int>(0)
        let steps = 200
        pool.run { _ in
            for step in 0..<steps {
                if done.load(ordering: .acquiring) < step * threads { early.add(1, ordering: .relaxed) }
                barrier.wait(for: threads)
                done.add(1, ordering: .acquiringAndReleasing)
                barrier.wait(for: threads)
            }
        }
        #expect(done.load(ordering: .relaxed) == steps * threads)
        #expect(early.load(ordering: .relaxed) == 0)
    }
}
