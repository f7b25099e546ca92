import Cinnabar

/// Hands out the scores of a text's tokens as far as the text is told.
struct ScoreTeller {
    private var waiting: ArraySlice<TokenScore> = []
    /// Bytes of the tokens that were handed out.
    private var bytes = 0
    /// Scores handed out so far.
    private(set) var taken = 0

    /// Scores known so far.
    var count: Int { taken + waiting.count }

    /// Those of the next tokens.
    mutating func add(_ scores: [TokenScore]) { waiting += scores }

    /// The scores of the tokens that end within so many bytes of the text.
    mutating func take(upTo told: Int) -> [TokenScore] {
        var scores: [TokenScore] = []
        while let next = waiting.first, bytes + next.token.bytes.count <= told {
            bytes += next.token.bytes.count
            scores.append(next)
            waiting.removeFirst()
        }
        taken += scores.count
        return scores
    }
}
