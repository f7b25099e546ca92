import Common
import Diffusion
import Engine
import Models
import Synchronization
import Tokenizers

/// One text being written, as a sequence of canvas states: iterate to watch, or ask for the ``result()``.
///
/// Each state costs one forward, which texts that are written at the same time share. Cancelling the task, or no longer
/// iterating, stops between two forwards.
public struct Session: AsyncSequence, Sendable {
    public typealias Element = CanvasState

    let model: Model
    let text: Text<NativeNetwork>
    let view: TextView
    private let topLogprobs: Int?

    private init(
        _ model: Model,
        _ writer: consuming sending any TextWriter<NativeNetwork>,
        _ options: GenerationOptions,
        trimmed: Bool
    ) throws {
        let view = TextView(tokenizer: model.tokenizer, stops: try StopTexts(options.stop), isTrimmed: trimmed)
        if let count = options.topLogprobs { try model.checkScores(count) }
        text = Text(writer, while: view.stopWatch())
        (self.model, self.view, topLogprobs) = (model, view, options.topLogprobs)
    }

    init(
        _ model: Model,
        prompt: [TokenID],
        decoding: DecodingOptions,
        _ options: GenerationOptions,
        trimmed: Bool = false
    ) throws {
        let draft = options.draft.map { model.tokenizer.encode($0) } ?? []
        let writer = try DecodingSession(
            network: model.network,
            prompt: prompt,
            options: decoding,
            reference: draft,
            draft: decoding.isVerified ? [] : draft,
            constraint: options.constraint.map { try model.automata.constraint($0) }
        )
        try self.init(model, writer, options, trimmed: trimmed)
    }

    init(
        _ model: Model,
        prompt: [TokenID],
        suffix: [TokenID] = [],
        denoising: DenoisingOptions,
        _ options: GenerationOptions,
        trimmed: Bool = false
    ) throws {
        let writer = try BlockSession(
            network: model.network,
            prompt: prompt,
            suffix: suffix,
            options: denoising,
            constraint: options.constraint.map { try model.automata.constraint($0) }
        )
        try self.init(model, writer, options, trimmed: trimmed)
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let session: Session

        /// The state after the next forward; nil when the text is finished.
        public mutating func next() async throws -> CanvasState? {
            try Task.checkCancellation()
            return try await session.model.engine.step(session.text).map(session.view.state)
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(session: self) }

    /// The states of a text that is written as fast as it goes: who reads slowly misses states, never the newest one.
    ///
    /// Ending the iteration or cancelling its task stops the text within one forward.
    public func live() -> some AsyncSequence<CanvasState, any Error> & Sendable {
        let (states, continuation) = AsyncThrowingStream.makeStream(
            of: TextState.self,
            throwing: (any Error).self,
            bufferingPolicy: .bufferingNewest(1)
        )
        let writing = Task { [model, text] in
            do {
                try await model.engine.run(text) { state in
                    if case .terminated = continuation.yield(state) { return false }
                    return true
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in writing.cancel() }
        return states.map { [view] in view.state($0) }
    }

    /// Runs the rest of the session and returns what it wrote. A cancelled task gets what stands so far.
    public func result() async throws -> GenerationResult {
        try await model.engine.run(text)
        return try await resultSoFar()
    }

    /// What stands so far; under a constraint it is ended by the shortest way, so that it is valid.
    public func resultSoFar() async throws -> GenerationResult {
        var (result, prompt, tokens) = try await model.engine.access(text) { [view] text in
            (try view.outcome(of: text), text.writer.prompt, text.writer.text)
        }
        if let topLogprobs {
            result.scores = try await model.scores(of: tokens, behind: prompt, top: topLogprobs)
        }
        return result
    }

    /// The scores of the final tokens from the `first`-th on, for the candidates that were asked for; none without. Ask while the
    /// text is written, for those that are new.
    public func scores(from first: Int) async throws -> [TokenScore] {
        guard let topLogprobs else { return [] }
        return try await model.engine.score(text, from: first, top: topLogprobs).map {
            model.tokenScore($0.token, $0.top)
        }
    }

    /// The steps so far as JSON lines, enough to replay the text without the network.
    public func trace() async throws -> String {
        let trace = await model.engine.access(text) { $0.completeTrace }
        return String(decoding: try trace.jsonLines(), as: UTF8.self)
    }
}
