package import Common

/// What to do with one token of a draft so that it becomes the target.
package enum EditLabel: Hashable, Sendable {
    /// The token becomes this one (which may be what it is already).
    case write(TokenID)
    /// The token goes, the rest moves left.
    case delete
    /// A mask is put before the token, which is kept.
    case insert
}

/// Labels that turn a draft into a target in rounds of edits (LLaDA2.2's rule; algorithms.md A10).
///
/// A round keeps what the longest common subsequence matches. In each gap before a match, tokens are written over as far
/// as both sides have some; surplus ones are deleted; if the target has more, the match that closes the gap is to insert
/// one mask before it. What stands behind the last match is deleted, since the padding masks become the rest.
///
/// Of several longest subsequences the one with the earliest matches in the target counts. Measured on 40,000 random
/// pairs of up to 12 tokens: 99.98% take at most 5 rounds, none more than 6 (7 with the opposite choice).
package enum EditLabels {
    /// One label for each token of `draft`; a mask in it matches any target token.
    ///
    /// Cost: draft times target length, in time and memory.
    package static func labels(draft: [TokenID], target: [TokenID], mask: TokenID) -> [EditLabel] {
        var labels = [EditLabel](repeating: .delete, count: draft.count)
        var (i, j) = (0, 0)
        for match in matches(draft, target, mask: mask) {
            let written = min(match.draft - i, match.target - j)
            for k in 0..<written { labels[i + k] = .write(target[j + k]) }
            labels[match.draft] = match.target - j > match.draft - i ? .insert : .write(target[match.target])
            (i, j) = (match.draft + 1, match.target + 1)
        }
        return labels
    }

    /// The draft after one round, padded with masks or cut to `length` tokens.
    package static func apply(_ labels: [EditLabel], to draft: [TokenID], mask: TokenID, length: Int) -> [TokenID] {
        precondition(labels.count == draft.count, "\(labels.count) labels for \(draft.count) tokens")
        var result: [TokenID] = []
        result.reserveCapacity(length)
        for (label, token) in zip(labels, draft) {
            switch label {
            case .write(let new): result.append(new)
            case .delete: break
            case .insert: result += [mask, token]
            }
        }
        if result.count > length { result.removeSubrange(length...) }
        return result + Array(repeating: mask, count: length - result.count)
    }

    /// A longest strictly increasing sequence of equal tokens, by dynamic programming from the end.
    private static func matches(
        _ draft: [TokenID],
        _ target: [TokenID],
        mask: TokenID
    ) -> [(draft: Int, target: Int)] {
        let (m, n) = (draft.count, target.count)
        let width = n + 1
        // longest[i * width + j]: matches between draft[i...] and target[j...].
        var longest = [Int32](repeating: 0, count: (m + 1) * width)
        for i in (0..<m).reversed() {
            for j in (0..<n).reversed() {
                let isMatch = draft[i] == target[j] || draft[i] == mask
                longest[i * width + j] =
                    isMatch
                    ? longest[(i + 1) * width + j + 1] + 1
                    : max(longest[(i + 1) * width + j], longest[i * width + j + 1])
            }
        }
        var result: [(draft: Int, target: Int)] = []
        var (i, j) = (0, 0)
        while i < m, j < n {
            if draft[i] == target[j] || draft[i] == mask {
                result.append((i, j))
                (i, j) = (i + 1, j + 1)
            } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
                i += 1
            } else {
                j += 1
            }
        }
        return result
    }
}
