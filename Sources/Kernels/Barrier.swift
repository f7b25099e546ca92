import Synchronization

/// Where the workers of one round of a ``ThreadPool`` wait for each other.
///
/// Waiting spins for some tens of microseconds and then gives way, so that it costs little more than the slowest worker
/// takes, also where there are fewer processors than workers.
package final class Barrier: Sendable {
    private let arrived = Atomic<Int>(0)
    private let generation = Atomic<Int>(0)

    package init() {}

    /// Returns when `count` workers have called it; what they wrote before is then visible to all of them.
    ///
    /// - Returns: how long this worker gave way to other threads; zero if all came within some tens of microseconds.
    @discardableResult
    package func wait(for count: Int) -> Duration {
        guard count > 1 else { return .zero }
        let present = generation.load(ordering: .acquiring)
        if arrived.add(1, ordering: .acquiringAndReleasing).newValue == count {
            arrived.store(0, ordering: .relaxed)
            generation.store(present &+ 1, ordering: .releasing)
            return .zero
        }
        return Spin.until { generation.load(ordering: .acquiring) != present }
    }
}
