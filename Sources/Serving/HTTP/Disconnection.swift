import NIOCore
import Synchronization

/// Whether the client of a connection has gone. Once it has, it stays so.
final class Disconnection: Sendable {
    private struct State {
        var hasHappened = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    var hasHappened: Bool { state.withLock { $0.hasHappened } }

    /// Returns when the client has gone or the task is cancelled.
    func wait() async {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard !state.hasHappened, !Task.isCancelled else { return true }
                    state.waiters[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }

    func happen() {
        let waiters = state.withLock { state in
            state.hasHappened = true
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }
}

/// Does something for a client, unless it goes away first.
///
/// - Throws: what `body` throws; `CancellationError` when the client has gone.
func whileConnected<Result: Sendable>(
    _ gone: Disconnection?,
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    guard let gone else { return try await body() }
    return try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            await gone.wait()
            return nil
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() ?? nil else { throw CancellationError() }
        return result
    }
}

/// The connections of a server, by channel.
final class Connections: Sendable {
    private let open = Mutex<[ObjectIdentifier: Disconnection]>([:])

    /// Nil for a channel that is not watched.
    subscript(channel: any Channel) -> Disconnection? {
        open.withLock { $0[ObjectIdentifier(channel)] }
    }

    fileprivate func add(_ channel: any Channel) -> Disconnection {
        let disconnection = Disconnection()
        open.withLock { $0[ObjectIdentifier(channel)] = disconnection }
        return disconnection
    }

    fileprivate func remove(_ channel: any Channel) {
        open.withLock { $0[ObjectIdentifier(channel)] }?.happen()
        open.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(channel)) }
    }
}

/// Notices that a client closes its side of the connection, which nothing else tells while a text is being written.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any
    typealias InboundOut = Any

    private let connections: Connections
    private var disconnection: Disconnection?

    init(_ connections: Connections) { self.connections = connections }

    func handlerAdded(context: ChannelHandlerContext) { disconnection = connections.add(context.channel) }

    func handlerRemoved(context: ChannelHandlerContext) { connections.remove(context.channel) }

    func channelInactive(context: ChannelHandlerContext) {
        disconnection?.happen()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { disconnection?.happen() }
        context.fireUserInboundEventTriggered(event)
    }
}
