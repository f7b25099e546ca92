import Foundation

/// Waiting for other cores.
enum Spin {
    /// Rounds before a waiter gives way: some tens of microseconds.
    static let patience = 20_000

    /// Returns when `isOver` says so; gives way to other threads after a while.
    @inline(__always) static func until(_ isOver: () -> Bool) {
        var spins = 0
        while !isOver() {
            spins += 1
            if spins > patience { sched_yield() }
        }
    }
}
