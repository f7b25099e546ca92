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

    init(
        _ model: Model,
        prompt: [TokenID],
        decoding: DecodingOptions,
        _ constraint: Constraint?,
        trimmed: Bool = false
    ) throws {
        let session = try DecodingSession(
            network: model.network,
            prompt: prompt,
            options: decoding,
            constraint: constraint.map { try model.automata.constraint($0) }
        )
        writer = Writer(session, tokenizer: model.tokenizer, contextTokens: prompt.count, trimmed: trimmed)
    }

    init(
        _ model: Model,
        prompt: [TokenID],
        suffix: [TokenID] = [],
        denoising: DenoisingOptions,
        _ constraint: Constraint?,
        trimmed: Bool = false
    ) throws {
        let session = try BlockSession(
            network: model.network,
            prompt: prompt,
            suffix: suffix,
            options: denoising,
            constraint: constraint.map { try model.automata.constraint($0) }
        )
        let context = prompt.count + suffix.count
        writer = Writer(session, tokenizer: model.tokenizer, contextTokens: context, trimmed: trimmed)
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

    /// What stands so far; under a constraint it is ended by the shortest way, so that it is valid.
    public func resultSoFar() async -> GenerationResult { await writer.result }

    /// The steps so far as JSON lines, enough to replay the text without the network.
    public func trace() async throws -> String { try await writer.traceText() }
}

/// Owns the decoding of one session: one forward at a time, in the order of the calls.
actor Writer {
    private var session: any TextWriter
    private let tokenizer: Tokenizer
    private let contextTokens: Int
    private let trimmed: Bool
    private var trace: Trace
    private var last: DecodingStep?

    init(
        _ session: consuming sending any TextWriter,
        tokenizer: Tokenizer,
        contextTokens: Int,
        trimmed: Bool
    ) {
        trace = session.emptyTrace
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
        let drafts = session.pendingDrafts
        return CanvasState(
            text: finalText(step),
            canvas: drafts.map(cells) ?? cells(of: step),
            forwards: step.forwards,
            version: drafts == nil ? step.canvas.version : step.forwards
        )
    }

    /// Tokens may end inside a character: its bytes wait for the rest, so that what was shown stays.
    private func finalText(_ step: DecodingStep) -> String {
        guard step.finish == nil else { return tokenizer.decode(step.text) }
        let bytes = tokenizer.bytes(of: step.text)
        guard let lead = bytes.suffix(4).lastIndex(where: { $0 & 0xC0 != 0x80 }) else {
            return String(decoding: bytes, as: UTF8.self)
        }
        let length = bytes[lead] < 0xC0 ? 1 : bytes[lead] < 0xE0 ? 2 : bytes[lead] < 0xF0 ? 3 : 4
        return String(decoding: lead + length > bytes.count ? bytes[..<lead] : bytes[...], as: UTF8.self)
    }

    private func cells(of step: DecodingStep) -> [CanvasState.Cell] {
        var changes: [Int: CanvasState.Change] = [:]
        for write in step.unmasked { changes[write.position] = .written }
        for write in step.edited { changes[write.position] = .edited }
        for position in step.remasked { changes[position] = .remasked }
        // Tokens have moved: what a position was told of is somewhere else.
        if !step.deleted.isEmpty || !step.inserted.isEmpty { changes = [:] }
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
    private func cells(_ pending: (drafts: [Draft], room: Int)) -> [CanvasState.Cell] {
        let (drafts, room) = pending
        let words = drafts.prefix { !tokenizer.isSpecial($0.token) }
        var cells = words.map { draft in
            CanvasState.Cell(
                text: tokenizer.decode([draft.token]),
                status: .decided,
                confidence: Float(draft.chance),
                change: nil
            )
        }
        let open = words.count < drafts.count ? 0 : max(0, room - cells.count)
        let mask = CanvasState.Cell(text: "", status: .masked, confidence: 0, change: nil)
        cells += Array(repeating: mask, count: open)
        return cells
    }

    var result: GenerationResult {
        let reason: GenerationResult.FinishReason =
            switch session.finish {
            case .stop: .stop
            case .length: .length
            case .contextLength: .contextLength
            case nil: .cancelled
            }
        let text = session.text + session.ending
        return GenerationResult(
            text: tokenizer.decode(text),
            tokens: text.count,
            forwards: session.forwards,
            prefillSeconds: session.prefillTime / .seconds(1),
            decodeSeconds: session.decodeTime / .seconds(1),
            finishReason: reason,
            canvasLength: session.canvasLength,
            contextTokens: contextTokens,
            trimmed: trimmed
        )
    }

    func traceText() throws -> String {
        String(decoding: try trace.jsonLines(), as: UTF8.self)
    }
}
