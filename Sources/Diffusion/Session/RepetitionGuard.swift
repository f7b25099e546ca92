package import Common

/// Finds text that goes in circles, the typical failure of low thresholds (algorithms.md B2, G5). The session then
/// throws the canvas away and lets the causal stream write a canvas's worth of tokens at a temperature that leaves
/// the loop.
package enum RepetitionGuard {
    package static let longestPeriod = 16
    package static let repeats = 4
    /// Shorter repeats are ordinary text: indentation, rulers, rows of zeros.
    package static let shortestLoop = 16
    package static let temperature = 0.5

    /// Whether the text ends in at least `repeats` copies of at most `longestPeriod` tokens.
    package static func isLoop(_ text: [TokenID]) -> Bool {
        (1...longestPeriod).contains { period in
            let length = max(period * repeats, shortestLoop)
            guard text.count >= length else { return false }
            let tail = text.suffix(length)
            return tail.dropFirst(period).elementsEqual(tail.dropLast(period))
        }
    }
}
