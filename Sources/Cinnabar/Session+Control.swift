import Common
import Diffusion
import Engine
import Models
import Tokenizers

/// Control from outside while a text is written, between two forwards: what is infeasible is refused, with the reason, and
/// changes nothing. Positions count the output's tokens from 0, as ``finalTokens()`` and the cells behind them do.
///
/// Text that was shown as final is taken back by ``rollBack(to:keepingDraft:)``, ``replace(_:with:)`` and
/// ``constrain(to:takingBack:)`` only; who streams append-only text does not use these.
extension Session {
    /// Demands a text at a position that is not final yet; of several tokens, the next positions too.
    @discardableResult
    public func pin(_ text: String, at position: Int) async throws -> CanvasState {
        let tokens = model.tokenizer.encode(text)
        guard !tokens.isEmpty else { throw CinnabarError(.invalidArgument, "an empty text is pinned") }
        let pins = tokens.enumerated().map { (position.addingReportingOverflow($0).partialValue, $1) }
        return try await intervene { try $0.pin(Dictionary(pins, uniquingKeysWith: { $1 })) }
    }

    /// Makes what is written at some positions stay.
    @discardableResult
    public func lock(_ positions: Range<Int>) async throws -> CanvasState {
        try await intervene { try $0.lock(positions) }
    }

    /// Lets go of a pin or a lock.
    @discardableResult
    public func unpin(_ position: Int) async throws -> CanvasState {
        try await intervene { try $0.unpin(position) }
    }

    /// Takes final text back, to its first `count` tokens.
    ///
    /// - Parameter keepingDraft: what was taken back is what the text is drafted from; otherwise it is forgotten.
    @discardableResult
    public func rollBack(to count: Int, keepingDraft: Bool = false) async throws -> CanvasState {
        try await intervene { try $0.rollBack(to: count, keepsDraft: keepingDraft) }
    }

    /// Puts a text in the place of final tokens; what stood behind them is what the text is drafted from.
    @discardableResult
    public func replace(_ positions: Range<Int>, with text: String) async throws -> CanvasState {
        let tokens = model.tokenizer.encode(text)
        return try await intervene { try $0.replace(positions, with: tokens, isDraftKept: true) }
    }

    /// Another constraint from now on, stricter, weaker or unrelated; nil for none.
    ///
    /// - Parameter takingBack: final text that violates it may be taken back, to the longest beginning that can go on.
    @discardableResult
    public func constrain(to constraint: Constraint?, takingBack: Bool = false) async throws -> CanvasState {
        let constraint = try constraint.map { try model.automata.constraint($0) }
        return try await intervene { try $0.constrain(to: constraint, mayRollBack: takingBack) }
    }

    /// The final tokens one by one, each maybe a part of a character.
    public func finalTokens() async -> [String] {
        await model.engine.access(text) { $0.writer.text }.map { model.tokenizer.decode([$0]) }
    }

    /// What stands now, without a forward.
    public func state() async -> CanvasState {
        view.state(await model.engine.access(text) { $0.state })
    }

    private func intervene(
        _ change: @escaping @Sendable (inout any TextWriter<NativeNetwork>) throws -> Void
    ) async throws -> CanvasState {
        view.state(try await model.engine.intervene(text, change))
    }
}
