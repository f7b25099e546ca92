import Models
import Testing

@Suite("Workers by load")
struct WorkerGovernorTests {
    private func note(_ governor: inout WorkerGovernor, waiting share: Double) {
        let elapsed = Duration.milliseconds(1)
        governor.note(workers: 2, waited: elapsed * 2 * share, elapsed: elapsed)
    }

    /// Forwards on one worker until all are tried again.
    private func lonely(_ governor: inout WorkerGovernor) -> Int {
        var count = 0
        while governor.workers(of: 2) == 1 { count += 1 }
        return count
    }

    @Test("one hiccup changes nothing, waiting again and again leaves one worker, for longer each time")
    func followsTheLoad() {
        var governor = WorkerGovernor()
        for _ in 0..<20 {
            note(&governor, waiting: 0.9)
            for _ in 0..<3 { note(&governor, waiting: 0.1) }
            #expect(lonely(&governor) == 0)
        }
        note(&governor, waiting: 0.9)
        note(&governor, waiting: 0.9)
        #expect(lonely(&governor) == WorkerGovernor.shortest)
        note(&governor, waiting: 0.9)
        #expect(lonely(&governor) == 2 * WorkerGovernor.shortest)
        for _ in 0..<20 {
            note(&governor, waiting: 0.9)
            #expect(lonely(&governor) <= WorkerGovernor.longest)
        }
        for _ in 0..<4 { note(&governor, waiting: 0) }
        #expect(lonely(&governor) == 0)
        for _ in 0..<2 { note(&governor, waiting: 0.9) }
        #expect(lonely(&governor) == WorkerGovernor.shortest)
    }
}
