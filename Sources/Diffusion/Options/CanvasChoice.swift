/// How long the canvases of a verified mode should be on a machine, and how sure its drafts: the length that writes the most tokens a second, by
/// what a forward of n rows takes there, T(n) (algorithms.md B13).
///
/// A forward verifies d drafts with 1 + d rows and drafts anew with a canvas of B rows, of which all but the first become
/// drafts. If each draft is accepted with chance p where those before it were, it writes 1 + p + ... + p^d tokens.
package struct CanvasChoice: Sendable, Hashable {
    package let canvasLength: Int
    /// A draft pays if it is accepted with at least this chance: what a row costs, as a share of a forward.
    package let draftFloor: Double
    /// What is expected of it.
    package let tokensPerForward, tokensPerSecond: Double

    /// Longest canvas that is considered.
    private static let longest = 64
    /// Rows up to which a row's cost is taken from.
    private static let few = 8

    /// - Parameters:
    ///   - times: seconds of a forward by its rows, ascending from one row on; between two of them T is taken to be linear, behind
    ///     the last one it goes on as between the last two.
    ///   - options: of a verified mode; their canvas length plays no part.
    /// - Returns: nil if nothing was timed. A canvas of one token is none: the choice where drafts do not pay.
    package init?(times: [(rows: Int, seconds: Double)], options: DecodingOptions) {
        guard let first = times.first, first.rows == 1, first.seconds > 0 else { return nil }
        let candidates = (1...Self.longest).map { Self.expected($0, times, options) }
        // The shortest of equals.
        guard let best = candidates.max(by: { ($0.rate, $1.length) < ($1.rate, $0.length) }) else { return nil }
        (canvasLength, tokensPerForward, tokensPerSecond) = (best.length, best.tokens, best.rate)
        let some = times.last { $0.rows <= Self.few } ?? first
        let row = some.rows > 1 ? (some.seconds - first.seconds) / Double(some.rows - 1) : 0
        draftFloor = min(1, max(options.draftFloor, row / first.seconds))
    }

    private static func expected(
        _ length: Int,
        _ times: [(rows: Int, seconds: Double)],
        _ options: DecodingOptions
    ) -> (length: Int, tokens: Double, rate: Double) {
        var (drafts, tokens, chance) = (0, 1.0, options.draftAcceptance)
        while drafts < min(length - 1, options.draftLength), chance >= options.draftFloor {
            (drafts, tokens, chance) = (drafts + 1, tokens + chance, chance * options.draftAcceptance)
        }
        let rows = 1 + drafts + (length > 1 ? length : 0)
        return (length, tokens, tokens / seconds(rows, times))
    }

    private static func seconds(_ rows: Int, _ times: [(rows: Int, seconds: Double)]) -> Double {
        guard times.count > 1 else { return times[0].seconds }
        let above = times.firstIndex { $0.rows >= rows } ?? times.count - 1
        let (a, b) = (times[max(above, 1) - 1], times[max(above, 1)])
        let slope = (b.seconds - a.seconds) / Double(b.rows - a.rows)
        // Noise may make a larger forward look faster; none takes less than one row.
        return max(times[0].seconds, a.seconds + slope * Double(rows - a.rows))
    }
}
