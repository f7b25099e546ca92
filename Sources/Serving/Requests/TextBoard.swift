import Cinnabar
import Common
import Synchronization

/// Where texts that are being written leave their newest state for a reader who may be slow.
final class TextBoard: Sendable {
    /// Of one choice, since the last look.
    struct Item: Sendable {
        var state: CanvasState?
        var result: GenerationResult?
        var promptScores: [TokenScore] = []
    }

    private struct State {
        var items: [Item]
        var written = 0
        var error: (any Error)?
        /// Texts shall end where they stand.
        var isOver = false
    }

    private let state: Mutex<State>
    /// A value whenever there is something to take.
    let changes: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let onWritten: @Sendable () -> Void

    init(choices: Int, onWritten: @Sendable @escaping () -> Void) {
        state = Mutex(State(items: Array(repeating: Item(), count: choices)))
        (changes, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.onWritten = onWritten
    }

    /// Writes a text to its end, or to where its task is cancelled.
    func follow(_ choice: TextRun.Choice) async {
        do {
            do {
                for try await canvas in choice.session.live() {
                    state.withLock { $0.items[choice.index].state = canvas }
                    signal.yield()
                }
            } catch is CancellationError {
                // What stands is the result.
            }
            let result = try await choice.session.result()
            let promptScores = try await choice.promptScores()
            let isLast = state.withLock { state in
                state.items[choice.index].result = result
                state.items[choice.index].promptScores = promptScores
                state.written += 1
                return state.written == state.items.count
            }
            if isLast { onWritten() }
            signal.yield()
        } catch {
            fail(error)
        }
    }

    /// All texts end where they stand.
    func endEarly() {
        state.withLock { $0.isOver = true }
        signal.yield()
    }

    func fail(_ error: any Error) {
        state.withLock { if $0.error == nil { $0.error = error } }
        signal.yield()
    }

    /// What is new, by choice.
    func take() throws -> (items: [(index: Int, item: Item)], isOver: Bool) {
        let (items, isOver, error) = state.withLock { state in
            defer { for index in state.items.indices { state.items[index] = Item() } }
            return (state.items, state.isOver, state.error)
        }
        if let error { throw error }
        return (items.enumerated().filter { $1.state != nil || $1.result != nil }.map { ($0, $1) }, isOver)
    }
}
