import Cinnabar
import Common

/// Writes the texts of a request: all choices side by side, each as fast as it goes, and tells a reader as fast as it reads.
struct TextRun: Sendable {
    let request: TextRequest
    let choices: [Choice]

    /// One text of a request.
    struct Choice: Sendable {
        let index: Int
        let session: Session
        let shape: AnswerShape
        /// Prompt of an echo.
        let prompt: String?
        /// Log-probabilities of its tokens.
        let promptScores: @Sendable () async throws -> [TokenScore]
    }

    /// Starts nothing yet, but refuses what cannot be: prompts that are too long, options outside their range.
    init(_ request: TextRequest, model: Model, defaults: TextDefaults) throws {
        self.request = request
        let starter = TextStarter(request: request, model: model, defaults: defaults)
        var choices: [Choice] = []
        for task in request.tasks {
            for number in 0..<request.count {
                choices.append(try starter.choice(task, index: choices.count, number: number))
            }
        }
        self.choices = choices
    }

    /// Tokens of the prompts as the network sees them.
    func promptTokens() async throws -> Int {
        var sum = 0
        for choice in choices where choice.index % request.count == 0 {
            sum += try await choice.session.progress().contextTokens
        }
        return sum
    }

    /// Writes all texts.
    ///
    /// - Parameters:
    ///   - gone: ends the run when the client has gone.
    ///   - onWritten: called when the network has done its part, whether or not the client has read all of it.
    ///   - emit: awaited for each event; meanwhile texts go on being written, and states that nobody saw are dropped.
    /// - Throws: what `emit` throws; `CancellationError` when the client has gone.
    func run(
        until gone: Disconnection? = nil,
        onWritten: @Sendable @escaping () -> Void = {},
        emit: (TextEvent) async throws -> Void = { _ in }
    ) async throws -> [Completion] {
        let board = TextBoard(choices: choices.count, onWritten: onWritten)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for choice in choices { group.addTask { await board.follow(choice) } }
            if let limit = request.timeLimit {
                group.addTask {
                    try await Task.sleep(for: limit)
                    board.endEarly()
                }
            }
            if let gone {
                group.addTask {
                    await gone.wait()
                    try Task.checkCancellation()
                    board.fail(CancellationError())
                }
            }
            defer { group.cancelAll() }
            var writers = choices.map { ChoiceWriter($0, request) }
            var completions: [Completion] = []
            for await _ in board.changes {
                let news = try board.take()
                if news.isOver { group.cancelAll() }
                for (index, item) in news.items {
                    let completion = try await writers[index].tell(item, emit)
                    if let completion { completions.append(completion) }
                }
                if completions.count == choices.count { break }
            }
            guard completions.count == choices.count else { throw CancellationError() }
            return completions.sorted { $0.index < $1.index }
        }
    }
}
