import Common

/// Drafts from text that is there already: what followed the last few tokens where they stood before.
/// Source: A. Saxena, "Prompt lookup decoding", 2023.
enum PromptLookup {
    static let longestMatch = 3

    /// Continues `text` by looking in `reference`, then in `text` itself, the latest occurrence of the longest match
    /// first. Cost: a scan of both for each match length.
    static func drafts(_ text: [TokenID], reference: [TokenID], count: Int) -> ArraySlice<TokenID> {
        guard count > 0 else { return [] }
        for length in stride(from: min(longestMatch, text.count), through: 1, by: -1) {
            let tail = text.suffix(length)
            for source in [reference, text] {
                var start = source.count - length - 1
                while start >= 0 {
                    if source[start..<start + length] == tail {
                        return source[(start + length)...].prefix(count)
                    }
                    start -= 1
                }
            }
        }
        return []
    }
}
