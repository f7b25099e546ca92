import Cinnabar
import Common
import HTTPTypes

extension InteractiveSession {
    /// Changes the text from outside.
    ///
    /// - Throws: 409 with the reason if that cannot be; nothing is changed then.
    func intervene(_ command: SessionCommand) async throws {
        do {
            try await apply(command)
        } catch let error as CinnabarError {
            throw APIError(
                error.code == .unsupported ? .badRequest : .conflict,
                error.message,
                code: error.code == .unsupported ? "unsupported" : "refused",
                hint: error.hint
            )
        }
    }

    private func apply(_ command: SessionCommand) async throws {
        switch command {
        case .run, .pause, .step, .stop: return
        case .pin(let text, let position):
            try await session.pin(text, at: position)
            for (offset, piece) in try pieces(text).enumerated() {
                setGiven([position + offset: .init(kind: .pinned, text: piece)])
            }
        case .unpin(let position):
            try await session.unpin(position)
            setGiven([position: nil])
        case .lock(let positions):
            let texts = state.progress.tokens + state.canvas.canvas.map(\.text)
            try await session.lock(positions)
            for position in positions where texts.indices.contains(position) {
                setGiven([position: .init(kind: .locked, text: texts[position])])
            }
        case .replace(let positions, let text): try await session.replace(positions, with: text)
        case .rollBack(let count, let keepsDraft):
            try await session.rollBack(to: count, keepingDraft: keepsDraft)
        case .constrain(let constraint, let takesBack):
            try await session.constrain(to: constraint, takingBack: takesBack)
            setConstrained(constraint != nil)
        }
    }

    private func pieces(_ text: String) throws -> [String] {
        try model.tokens(of: text).map { try model.text(of: [$0]) }
    }
}
