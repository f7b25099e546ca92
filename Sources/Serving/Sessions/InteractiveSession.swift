import Cinnabar
import Common
import DequeModule
import HTTPTypes

/// A text that is written on command, while others watch. Forwards and commands take turns, in the order of their asking.
actor InteractiveSession {
    /// Who may have its forwards now.
    typealias Enter = @Sendable () async throws -> Admission.Ticket

    static let mostWatchers = 8

    nonisolated let id: String
    /// The client whose text it is.
    nonisolated let owner: String
    let session: Session
    let model: Model
    private let enter: Enter
    private let runLimit: Duration

    private(set) var state: SessionState
    /// When it was last made use of. Watching is no use.
    private(set) var lastUse = ContinuousClock.now
    private var watchers: [Int: AsyncStream<SessionNews>.Continuation] = [:]
    private var nextWatcher = 0
    private var isBusy = false
    private var turns: Deque<CheckedContinuation<Void, Never>> = []
    /// Of the run that goes on; older ones end.
    private var run = 0
    private var rest = Duration.zero
    private var isClosed = false

    /// - Parameters:
    ///   - runLimit: time after which a run pauses.
    ///   - enter: waits for room beside the texts of others.
    init(
        id: String,
        owner: String,
        session: Session,
        model: Model,
        isConstrained: Bool,
        runLimit: Duration,
        enter: @escaping Enter
    ) async throws {
        (self.id, self.owner, self.session, self.model) = (id, owner, session, model)
        (self.runLimit, self.enter) = (runLimit, enter)
        state = SessionState(canvas: await session.state(), progress: try await session.progress())
        state.isConstrained = isConstrained
    }

    /// Does a command.
    ///
    /// - Parameter version: what the text must be at for that; nil for whatever it is at.
    /// - Returns: the state afterwards.
    /// - Throws: 409 if the text has moved on, or refuses; nothing is changed then.
    func perform(_ command: SessionCommand, at version: Int? = nil) async throws -> SessionState {
        await beginTurn()
        defer { endTurn() }
        guard !isClosed else { throw Self.gone }
        if let version, version != state.canvas.version {
            throw APIError(
                .conflict,
                "the text is at version \(state.canvas.version), not \(version)",
                code: "version_conflict",
                hint: "look at the new state first"
            )
        }
        lastUse = .now
        switch command {
        case .run(let rest): try await start(rest: rest)
        case .pause: state.isRunning = false
        case .step(let count): try await step(count)
        case .stop: (state.isRunning, state.isStopped) = (false, true)
        default:
            try checkNotStopped()
            try await intervene(command)
        }
        try await publish()
        return state
    }

    // MARK: Forwards

    private func start(rest: Duration) async throws {
        try checkNotStopped()
        self.rest = rest
        guard !state.isRunning, state.finish == nil else { return }
        let ticket = try await enter()
        run += 1
        state.isRunning = true
        let number = run
        Task {
            let end = ContinuousClock.now + runLimit
            while await forward(of: number, until: end) { try? await Task.sleep(for: self.rest) }
            ticket.giveBack()
        }
    }

    /// One forward of a run.
    ///
    /// - Returns: whether the run goes on.
    private func forward(of number: Int, until end: ContinuousClock.Instant) async -> Bool {
        await beginTurn()
        defer { endTurn() }
        guard number == run, state.isRunning, !isClosed else { return false }
        lastUse = .now
        do {
            let hasMoved = try await forward()
            state.isRunning = hasMoved && ContinuousClock.now < end
            try await publish()
        } catch {
            (state.isRunning, state.failure) = (false, "\(error)")
            tell()
        }
        return state.isRunning
    }

    private func step(_ count: Int) async throws {
        try checkNotStopped()
        guard !state.isRunning else {
            throw APIError(.conflict, "the text is running", code: "running", hint: "pause it first")
        }
        let ticket = try await enter()
        defer { ticket.giveBack() }
        for _ in 0..<count {
            guard !isClosed, state.finish == nil, try await forward() else { return }
            try await publish()
        }
    }

    /// - Returns: whether there was one to make.
    private func forward() async throws -> Bool {
        var forwards = session.makeAsyncIterator()
        return try await forwards.next() != nil
    }

    private func checkNotStopped() throws {
        guard !state.isStopped else {
            throw APIError(.conflict, "the text was stopped", code: "stopped", hint: "begin another session")
        }
    }

    // MARK: Watching

    /// The state, and each one that follows.
    func watch(_ watcher: AsyncStream<SessionNews>.Continuation) throws -> Int {
        guard !isClosed else { throw Self.gone }
        guard watchers.count < Self.mostWatchers else {
            throw APIError(
                .tooManyRequests,
                "\(Self.mostWatchers) watch this session already",
                code: "too_many_watchers"
            )
        }
        nextWatcher += 1
        watchers[nextWatcher] = watcher
        watcher.yield(.state(state))
        return nextWatcher
    }

    func unwatch(_ number: Int) { watchers[number] = nil }

    /// Ends it, and tells why.
    func close(_ reason: String) {
        guard !isClosed else { return }
        (isClosed, state.isRunning) = (true, false)
        for watcher in watchers.values {
            watcher.yield(.end(reason))
            watcher.finish()
        }
        watchers = [:]
    }

    private static let gone = APIError(.notFound, "the session has ended", code: "session_not_found")

    private func publish() async throws {
        state.canvas = await session.state()
        state.progress = try await session.progress()
        if state.finish != nil { state.isRunning = false }
        state.result = state.finish == nil ? nil : try await session.resultSoFar()
        state.failure = nil
        tell()
    }

    private func tell() { for watcher in watchers.values { watcher.yield(.state(state)) } }

    func setGiven(_ positions: [Int: SessionState.Given?]) {
        for (position, given) in positions { state.given[position] = given }
    }

    func setConstrained(_ isConstrained: Bool) { state.isConstrained = isConstrained }

    // MARK: Turns

    private func beginTurn() async {
        guard isBusy else {
            isBusy = true
            return
        }
        await withCheckedContinuation { turns.append($0) }
    }

    private func endTurn() { if let next = turns.popFirst() { next.resume() } else { isBusy = false } }
}

/// What a watcher is told.
enum SessionNews: Sendable {
    case state(SessionState)
    /// The session is over; why.
    case end(String)
    /// Nothing is new, and the connection is still there.
    case heartbeat
}
