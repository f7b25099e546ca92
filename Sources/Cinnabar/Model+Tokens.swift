import Common
import Tokenizers

extension Model {
    /// The ids of a text.
    public func tokens(of text: String) -> [Int] { tokenizer.encode(text).map(Int.init) }

    /// The text of ids.
    ///
    /// - Throws: `invalidArgument` for an id outside the vocabulary.
    public func text(of tokens: [Int]) throws -> String {
        tokenizer.decode(
            try tokens.map { token in
                guard (0..<tokenizer.vocabularySize).contains(token) else {
                    throw CinnabarError(
                        .invalidArgument,
                        "token \(token) is outside the vocabulary of \(tokenizer.vocabularySize)"
                    )
                }
                return TokenID(token)
            }
        )
    }

    public var vocabularySize: Int { tokenizer.vocabularySize }
}
