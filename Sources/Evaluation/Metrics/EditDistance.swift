/// Levenshtein distance between texts, counted in Unicode scalars (what Python calls characters).
package enum EditDistance {
    /// Texts are compared exactly up to this many scalars after the common ends are cut off; see `distance`.
    package static let exactLength = 4096

    /// The least number of insertions, deletions and replacements that turn one text into the other.
    ///
    /// Cost: O(a * b) after common ends are cut off, at most 17 million steps. What goes beyond `exactLength` scalars
    /// counts as replaced, so that the result is then an upper bound.
    package static func distance(_ first: String, _ second: String) -> Int {
        distance(Array(first.unicodeScalars), Array(second.unicodeScalars))
    }

    /// 1 - distance / longer length, in [0, 1]; 1 for two empty texts.
    package static func similarity(_ first: String, _ second: String) -> Double {
        let (first, second) = (Array(first.unicodeScalars), Array(second.unicodeScalars))
        let longest = max(first.count, second.count)
        return longest == 0 ? 1 : 1 - Double(distance(first, second)) / Double(longest)
    }

    static func distance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
        var (first, second) = (first[...], second[...])
        while let left = first.first, left == second.first {
            first.removeFirst()
            second.removeFirst()
        }
        while let left = first.last, left == second.last {
            first.removeLast()
            second.removeLast()
        }
        let excess = max(0, max(first.count, second.count) - exactLength)
        let (a, b) = (Array(first.prefix(exactLength)), Array(second.prefix(exactLength)))
        // row[j] is the distance between the scalars of `a` so far and the first j of `b`.
        var row = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in b.enumerated() {
                let replaced = diagonal + (left == right ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, min(diagonal, row[j]) + 1)
            }
        }
        return row[b.count] + excess
    }
}
