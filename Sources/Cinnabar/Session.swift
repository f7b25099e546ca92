import Common
import Diffusion
import Models
import Tokenizers

/// One text being written, as a sequence of canvas states: iterate to watch, or ask for the ``result()``.
///
/// Each state costs one forward. Cancelling the task, or no longer iterating, stops between two forwards.
public struct Session: AsyncSequence, Sendable {
    public typealias Element = CanvasState

    private let writer: Writer

    init(_ model: Model, prompt: [TokenID], decoding: DecodingOptions, contextTokens: Int, trimmed: Bool) throws {
        let session = try DecodingSession(network: model.network, prompt: prompt, options: decoding)
        writer = Writer(
            session: session,
            tokenizer: model.tokenizer,
            contextTokens: contextTokens,
            trimmed: trimmed
        )
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let writer: Writer

        /// The state after the next forward; nil when the text is finished.
        public mutating func next() async throws -> CanvasState? {
            try Task.checkCancellation()
            return try await writer.advance()
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(writer: writer) }

    /// Runs the rest of the session and returns what it wrote. A cancelled task gets what stands so far.
    public func result() async throws -> GenerationResult {
        while !Task.isCancelled, try await writer.step() {}
        return await writer.result
    }

    /// The steps so far as JSON lines, enough to replay the text without the network.
    public func trace() async throws -> String { try await writer.traceText() }
}

/// Owns the decoding of one session: one forward at a time, in the order of the calls.
actor Writer {
    private var session: DecodingSession<NativeNetwork>
    private let tokenizer: Tokenizer
    private let contextTokens: Int
    private let trimmed: Bool
    private var trace: Trace
    private var last: DecodingStep?

    init(
        session: consuming sending DecodingSession<NativeNetwork>,
        tokenizer: Tokenizer,
        contextTokens: Int,
        trimmed: Bool
    ) {
        trace = session.makeTrace()
        self.session = session
        self.tokenizer = tokenizer
        self.contextTokens = contextTokens
        self.trimmed = trimmed
    }

    /// One forward; false when the text is finished.
    func step() throws -> Bool {
        guard let step = try session.next() else { return false }
        trace.append(step)
        last = step
        return true
    }

    func advance() throws -> CanvasState? {
        guard try step(), let last else { return nil }
        return state(last)
    }

    private func state(_ step: DecodingStep) -> CanvasState {
        CanvasState(
            text: tokenizer.decode(step.text),
            canvas: session.options.isVerified ? draftedCells : cells(of: step),
            forwards: step.forwards,
            version: session.options.isVerified ? step.forwards : step.canvas.version
        )
    }

    private func cells(of step: DecodingStep) -> [CanvasState.Cell] {
        var changes: [Int: CanvasState.Change] = [:]
        for write in step.unmasked { changes[write.position] = .written }
        for write in step.edited { changes[write.position] = .edited }
        for position in step.remasked { changes[position] = .remasked }
        return step.canvas.cells.enumerated().map { i, cell in
            let masked = cell.state == .masked || tokenizer.isSpecial(cell.token)
            return CanvasState.Cell(
                text: masked ? "" : tokenizer.decode([cell.token]),
                status: masked ? .masked : cell.state == .decided ? .decided : .fixed,
                confidence: cell.confidence,
                change: changes[step.canvas.start + i]
            )
        }
    }

    /// The drafts that the next forward judges and, unless they end the text, masks up to the length of a canvas.
    private var draftedCells: [CanvasState.Cell] {
        guard session.finish == nil, session.options.drafting != .none else { return [] }
        let drafts = session.drafts
        let words = drafts.prefix { !tokenizer.isSpecial($0.token) }
        var cells = words.map { draft in
            CanvasState.Cell(
                text: tokenizer.decode([draft.token]),
                status: .decided,
                confidence: Float(draft.chance),
                change: nil
            )
        }
        let room = min(session.options.canvasLength, session.limit - session.prompt.count - session.text.count)
        let open = words.count < drafts.count ? 0 : max(0, room - cells.count)
        let mask = CanvasState.Cell(text: "", status: .masked, confidence: 0, change: nil)
        cells += Array(repeating: mask, count: open)
        return cells
    }

    var result: GenerationResult {
        if let result = session.result {
            let reason: GenerationResult.FinishReason =
                switch result.finish {
                case .stop: .stop
                case .length: .length
                case .contextLength: .contextLength
                }
            return make(result.tokens, result.forwards, result.prefillSeconds, result.decodeSeconds, reason)
        }
        return make(
            session.text,
            session.forwards,
            session.prefillTime / .seconds(1),
            session.decodeTime / .seconds(1),
            .cancelled
        )
    }

    private func make(
        _ tokens: [TokenID],
        _ forwards: Int,
        _ prefill: Double,
        _ decode: Double,
        _ reason: GenerationResult.FinishReason
    ) -> GenerationResult {
        GenerationResult(
            text: tokenizer.decode(tokens),
            tokens: tokens.count,
            forwards: forwards,
            prefillSeconds: prefill,
            decodeSeconds: decode,
            finishReason: reason,
            canvasLength: session.options.canvasLength,
            contextTokens: contextTokens,
            trimmed: trimmed
        )
    }

    func traceText() throws -> String { String(decoding: try trace.jsonLines(), as: UTF8.self) }
}
