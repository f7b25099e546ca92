import Common
import Diffusion
import Engine
import Tokenizers

/// How far a text has come.
public struct TextProgress: Sendable, Hashable {
    /// The final text, token by token. A character that several tokens make stands with the last of them.
    public let tokens: [String]
    /// Nil while the text is open.
    public let finishReason: GenerationResult.FinishReason?
    /// What the text would be if it ended here: under a constraint it is ended by the shortest way.
    public let endedText: String
    /// Tokens of the prompt as the network sees it.
    public let contextTokens: Int
    public let prefillSeconds: Double
    public let decodeSeconds: Double
}

extension Session {
    /// How far the text has come, without a forward.
    public func progress() async throws -> TextProgress {
        try await model.engine.access(text) { [view] text in
            let outcome = try view.outcome(of: text)
            return TextProgress(
                tokens: view.pieces(text.writer.text),
                finishReason: outcome.finishReason == .cancelled ? nil : outcome.finishReason,
                endedText: outcome.text,
                contextTokens: outcome.contextTokens,
                prefillSeconds: outcome.prefillSeconds,
                decodeSeconds: outcome.decodeSeconds
            )
        }
    }
}

extension TextView {
    fileprivate func pieces(_ tokens: [TokenID]) -> [String] {
        var open: [UInt8] = []
        return tokens.map { token in
            open += tokenizer.bytes(of: [token])
            let whole = wholeCharacters(open[...])
            defer { open.removeFirst(whole) }
            return String(decoding: open[..<whole], as: UTF8.self)
        }
    }
}
