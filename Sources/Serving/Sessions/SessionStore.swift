import Cinnabar
import Common
import HTTPTypes
import Synchronization

/// The sessions of a server: so many at most, each until nobody has made use of it for a while.
final class SessionStore: Sendable {
    private struct Entry {
        let session: InteractiveSession
        let expiry: Task<Void, Never>
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// Owners of sessions that are about to begin.
        var reserved: [String] = []

        var count: Int { entries.count + reserved.count }

        func count(of owner: String) -> Int {
            entries.values.count { $0.session.owner == owner } + reserved.count { $0 == owner }
        }
    }

    private let limit: Int
    private let limitPerKey: Int
    private let idle: Duration
    private let state = Mutex(State())

    /// - Parameter limitPerKey: of one owner's; nil for no limit of its own.
    init(limit: Int, perKey limitPerKey: Int?, idle: Duration) {
        (self.limit, self.limitPerKey, self.idle) = (limit, limitPerKey ?? limit, idle)
    }

    /// Begins a session.
    ///
    /// - Throws: 429 where there are as many as may be, and what `make` throws.
    func add(
        of owner: String,
        _ make: () async throws -> InteractiveSession
    ) async throws -> InteractiveSession {
        try state.withLock { state in
            guard state.count < limit else { throw full("there are \(limit) sessions already") }
            guard state.count(of: owner) < limitPerKey else {
                throw full("this key has \(limitPerKey) sessions already")
            }
            state.reserved.append(owner)
        }
        defer {
            state.withLock { state in
                if let index = state.reserved.firstIndex(of: owner) { state.reserved.remove(at: index) }
            }
        }
        let session = try await make()
        let expiry = Task { [weak self, weak session, idle] in
            while let rest = await session?.rest(of: idle), rest > .zero {
                guard (try? await Task.sleep(for: rest)) != nil else { return }
            }
            if let id = session?.id { await self?.remove(id, because: "idle") }
        }
        state.withLock { $0.entries[session.id] = Entry(session: session, expiry: expiry) }
        return session
    }

    private func full(_ message: String) -> APIError {
        APIError(
            .tooManyRequests,
            message,
            code: "too_many_sessions",
            retryAfter: max(1, Int(idle / .seconds(1))),
            hint: "delete one that is no longer needed"
        )
    }

    /// - Throws: 404 also where the session is someone else's.
    func find(_ id: String, of owner: String) throws -> InteractiveSession {
        guard let session = state.withLock({ $0.entries[id]?.session }), session.owner == owner else {
            throw APIError(
                .notFound,
                "there is no session '\(id.prefix(64))'",
                code: "session_not_found",
                hint: "it was deleted, or has not been used for \(idle)"
            )
        }
        return session
    }

    func remove(_ id: String, because reason: String) async {
        guard let entry = state.withLock({ $0.entries.removeValue(forKey: id) }) else { return }
        entry.expiry.cancel()
        await entry.session.close(reason)
    }
}

extension InteractiveSession {
    /// What is left of a time that it may be idle.
    fileprivate func rest(of idle: Duration) -> Duration { lastUse + idle - .now }
}
