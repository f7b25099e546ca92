/// How many workers a forward takes: all of them, or one where another program has the processors.
///
/// Workers of a forward meet many times; if one of them is not running, the others wait for it each time, and several are
/// slower than one. Results do not depend on the number of workers, so that it may follow the load.
package struct WorkerGovernor {
    /// Share of a forward's time that waiting may take.
    package static let tolerated = 0.4
    /// Forwards on one worker before all are tried again; the number doubles while that goes wrong.
    package static let shortest = 64, longest = 4096

    /// Forwards left on one worker.
    private var alone = 0
    private var next = shortest
    /// Rises by two with a forward that waited, falls by one with one that did not: a single hiccup does not count.
    private var stalls = 0

    package init() {}

    /// Whether one worker does better now.
    package var isAlone: Bool { alone > 0 }

    package mutating func workers(of most: Int) -> Int {
        guard alone > 0 else { return most }
        alone -= 1
        return 1
    }

    /// - Parameters:
    ///   - waited: of all workers together.
    ///   - elapsed: of the forward.
    package mutating func note(workers: Int, waited: Duration, elapsed: Duration) {
        guard workers > 1 else { return }
        guard waited > elapsed * workers * Self.tolerated else {
            stalls = max(0, stalls - 1)
            if stalls == 0 { next = Self.shortest }
            return
        }
        stalls += 2
        guard stalls >= 4 else { return }
        alone = next
        next = min(2 * next, Self.longest)
        // One more is enough when all are tried again.
        stalls = 2
    }
}
