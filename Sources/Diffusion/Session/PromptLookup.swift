package import Common

/// Drafts from text that is there already: what followed the last few tokens where they stood before.
/// Source: A. Saxena, "Prompt lookup decoding", 2023; here the longest match wins, not the first of three tokens, so
/// that a copy keeps its place in a text that repeats itself.
package enum PromptLookup {
    /// Longer matches count as this long.
    static let longestMatch = 32

    /// Continues `text` from where its ending stands in `reference` or earlier in `text`; the later place on a tie, and
    /// `reference` rather than `text`. Cost: one scan of both.
    package static func drafts(_ text: [TokenID], reference: [TokenID], count: Int) -> ArraySlice<TokenID> {
        let (inText, inReference) = (longestEnding(of: text, in: text), longestEnding(of: text, in: reference))
        if inReference.length >= inText.length, inReference.length > 0 {
            return reference[inReference.end...].prefix(count)
        }
        return inText.length > 0 ? text[inText.end...].prefix(count) : []
    }

    /// Where the ending of `text` stands in `source` with at least one token behind it.
    private static func longestEnding(of text: [TokenID], in source: [TokenID]) -> (length: Int, end: Int) {
        var best = (length: 0, end: 0)
        for end in source.indices.dropFirst() {
            var length = 0
            while length < min(longestMatch, end, text.count), source[end - 1 - length] == text[text.count - 1 - length]
            {
                length += 1
            }
            if length > 0, length >= best.length { best = (length, end) }
        }
        return best
    }
}
