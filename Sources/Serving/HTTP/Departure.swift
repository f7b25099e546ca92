import ServiceLifecycle
import Synchronization

/// The time between a signal to stop and the end of listening. The server answers as ever, but says that it goes: `/ready` is 503, so that
/// balancers send no more, and every reply closes its connection, so that no client begins a request on one that is about to end.
final class Departure: Service, Sendable {
    private let hasBegun = Atomic(false)
    private let delay: Duration

    init(delay: Duration) { self.delay = delay }

    var isUnderWay: Bool { hasBegun.load(ordering: .relaxed) }

    func begin() { hasBegun.store(true, ordering: .relaxed) }

    /// Services end in the reverse of their order: as the last of them this one keeps the others up for the delay.
    func run() async throws {
        try await gracefulShutdown()
        begin()
        try await Task.sleep(for: delay)
    }
}
