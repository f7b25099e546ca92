import Common
package import Diffusion
package import Models
import Synchronization

/// Writes the texts of many callers on one network: each forward carries an item of every text that waits for one
/// (continuous batching at canvas granularity, algorithms.md C5). A text joins and leaves between two forwards.
///
/// What a text says depends on nothing here: not on its neighbours, nor on what the prefix cache holds (design.md §6).
package actor Engine<Network: Denoiser> {
    package nonisolated let network: Network
    package nonisolated let limits: EngineLimits
    private nonisolated let executor = EngineExecutor()
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Those that wait for a forward, in the order of their asking.
    private var queue: [Turn<Network>] = []
    private var isRunning = false
    var prefixes: PrefixCache<Network.Cache>
    private var counted = EngineCounters()

    package init(_ network: Network, limits: EngineLimits = .init()) {
        self.network = network
        self.limits = limits
        prefixes = PrefixCache(memory: limits.prefixMemory)
    }

    package var counters: EngineCounters {
        var counters = counted
        counters.prefixBytes = prefixes.byteCount
        return counters
    }

    /// One forward for a text; nil when it is finished.
    package func step(_ text: Text<Network>) async throws -> TextState? {
        guard !text.isFinished else { return nil }
        return try await withCheckedThrowingContinuation { continuation in
            enqueue(Turn(text: text, answer: .once(continuation)))
        }
    }

    /// Writes a text until it is finished, the caller's task is cancelled or `deliver` returns false: within one forward.
    ///
    /// - Parameter deliver: gets every state, on the engine's thread: it must not wait.
    package func run(
        _ text: Text<Network>,
        deliver: @escaping @Sendable (TextState) -> Bool = { _ in true }
    ) async throws {
        let isCancelled = Mutex(false)
        try await withTaskCancellationHandler {
            guard !text.isFinished, !Task.isCancelled else { return }
            try await withCheckedThrowingContinuation { continuation in
                let wants: @Sendable (TextState) -> Bool = { state in
                    deliver(state) && !isCancelled.withLock { $0 }
                }
                enqueue(Turn(text: text, answer: .all(wants, continuation)))
            }
        } onCancel: {
            isCancelled.withLock { $0 = true }
        }
    }

    /// Looks at a text or changes it, between two forwards.
    package func access<Result: Sendable>(
        _ text: Text<Network>,
        _ body: @Sendable (Text<Network>) throws -> Result
    ) rethrows -> Result {
        try body(text)
    }

    private func enqueue(_ turn: Turn<Network>) {
        queue.append(turn)
        guard !isRunning else { return }
        isRunning = true
        goOn()
    }

    /// The next forward behind the calls that wait by now: who asks or leaves does so between two of them. Not `Task.yield()`,
    /// which goes by way of the shared pool of threads and takes a processor from the network's own.
    private nonisolated func goOn() {
        executor.run { [self] in
            assumeIsolated { engine in
                engine.serve()
                if engine.queue.isEmpty { engine.isRunning = false } else { engine.goOn() }
            }
        }
    }

    /// One forward for those that have waited longest.
    private func serve() {
        var batch = Batch<Network>()
        var (waiting, late) = (queue[...], [Turn<Network>]())
        queue = []
        while batch.rows < limits.rows, let turn = waiting.popFirst() {
            if batch.contains(turn.text) {
                late.append(turn)
            } else if turn.text.isFinished {
                turn.finish()
            } else {
                open(turn.text)
                if let item = turn.text.writer.makeItem() {
                    batch.append(turn, item)
                } else {
                    // A loop that calls the network itself.
                    answer(turn) { try turn.text.writer.next() }
                }
            }
        }
        queue = late + waiting + queue
        guard !batch.turns.isEmpty else { return }
        counted.note(batch.turns.count, rows: batch.rows)
        guard var predictions = try? batch.forward(network) else {
            // One that the network refuses is no harm to the others.
            for (index, turn) in batch.turns.enumerated() {
                do {
                    let prediction = try batch.forward(network, only: index)
                    answer(turn) { try turn.text.writer.receive(prediction) }
                } catch {
                    turn.fail(error)
                }
            }
            return
        }
        for (turn, step) in zip(batch.turns, batch.receive(&predictions, network)) { answer(turn) { try step.get() } }
    }

    private func answer(_ turn: Turn<Network>, _ step: () throws -> DecodingStep?) {
        let text = turn.text
        do {
            guard let step = try step() else { return turn.finish() }
            text.take(step)
            remember(text)
            let state = text.state(step)
            if turn.takes(state), !text.isFinished { queue.append(turn) } else { turn.finish(state) }
        } catch {
            turn.fail(error)
        }
    }

    /// Gives a text that begins what others have computed of its prompt.
    private func open(_ text: Text<Network>) {
        guard !text.isOpen else { return }
        text.isOpen = true
        guard let (cache, count) = prefixes.find(text.writer.prompt) else { return }
        text.sharedTokens = text.writer.adopt(cache, count)
    }

    /// What a text has computed is kept for others: its prompt when that is done, all of it at its end.
    private func remember(_ text: Text<Network>) {
        guard let cache = text.writer.exactCache else { return }
        let isPromptDone = !text.isRemembered && cache.length + 1 >= text.writer.prompt.count
        guard isPromptDone || text.isFinished else { return }
        text.isRemembered = true
        prefixes.insert(Array((text.writer.prompt + text.writer.text).prefix(cache.length)), cache)
    }

    /// A cache for a prompt with what is known of it.
    func forkedCache(for prompt: [TokenID], capacity: Int) -> Network.Cache {
        prefixes.find(prompt).map { $0.cache.fork(length: $0.count, capacity: capacity) }
            ?? network.makeCache(capacity: capacity)
    }

    /// Changes a text from outside. It may go on behind its end; what others could share of it is not so any more.
    ///
    /// - Returns: what it shows then.
    package func intervene(
        _ text: Text<Network>,
        _ change: @Sendable (inout any TextWriter<Network>) throws -> Void
    ) throws -> TextState {
        let before = text.writer.text
        try change(&text.writer)
        if text.writer.text != before { text.isStopped = false }
        text.isRemembered = false
        if let cache = text.writer.exactCache { prefixes.remove(cache) }
        return text.state
    }
}
