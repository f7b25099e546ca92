import CKernels
import Foundation

/// Waiting for other cores without a system call: what is waited for takes microseconds, waking a thread takes tens.
enum Spin {
    /// Looks between two readings of the clock.
    private static let looks = 64

    /// Returns true when `isOver` says so, false if it has not after `patience`.
    @inline(__always) static func wait(atMost patience: Duration, until isOver: () -> Bool) -> Bool {
        if isOver() { return true }
        let start = ContinuousClock.now
        repeat {
            for _ in 0..<looks {
                ck_pause()
                if isOver() { return true }
            }
        } while ContinuousClock.now - start < patience
        return isOver()
    }

    /// Returns when `isOver` says so; gives way to other threads after some tens of microseconds, since where there are
    /// fewer processors than threads one of them may be what is waited for.
    ///
    /// - Returns: how long it gave way.
    @discardableResult
    @inline(__always) static func until(_ isOver: () -> Bool) -> Duration {
        guard !wait(atMost: .microseconds(50), until: isOver) else { return .zero }
        let start = ContinuousClock.now
        while !isOver() { sched_yield() }
        return ContinuousClock.now - start
    }
}
