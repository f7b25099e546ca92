import Common
import Foundation

/// How many places each row takes, and how its tokens are divided among them.
///
/// Sixteen neighbouring rows share a fixed number of places. So rows differ in their number of segments, an epoch still
/// visits each place exactly once, and where a row begins in the sequence of places needs no memory of earlier rows.
struct RowLayout: Sendable {
    static let groupRows: UInt64 = 16
    /// Mean and most places of a row.
    let mean: Int
    let most: Int
    let seed: UInt64

    init(length: Int, segmentTokens: Int, seed: UInt64) {
        mean = max(1, (length + segmentTokens / 2) / max(1, segmentTokens))
        most = max(mean, length / RowLayout.leastTokens)
        self.seed = seed
    }

    /// A smaller rest of a row is left empty.
    static let leastTokens = 40

    /// Number of the first place of row `index`, and the number of its places.
    func places(ofRow index: UInt64) -> (first: UInt64, count: Int) {
        let rows = Int(RowLayout.groupRows)
        let group = index / RowLayout.groupRows
        var random = SplitMix64.stream(seed: seed, 3, group)
        // Pólya's urn: a few rows of many small segments, many of one or two large ones.
        var counts = [Int](repeating: 1, count: rows)
        for _ in 0..<rows * (mean - 1) {
            let open = counts.reduce(0) { $0 + ($1 < most ? $1 : 0) }
            var u = Int.random(in: 0..<max(1, open), using: &random)
            for row in 0..<rows where counts[row] < most {
                u -= counts[row]
                if u < 0 {
                    counts[row] += 1
                    break
                }
            }
        }
        let row = Int(index % RowLayout.groupRows)
        let before = counts[..<row].reduce(0, +)
        return (group &* UInt64(rows * mean) &+ UInt64(before), counts[row])
    }

    /// Random proportions of `count` segments. None is tiny: a context of a few lines teaches little.
    static func proportions(_ count: Int, _ random: inout SplitMix64) -> [Double] {
        (0..<count).map { _ in 0.3 - log(1 - random.uniform()) }
    }
}
