import Common
import Testing
import Training

@Suite struct EditLabelsTests {
    static let mask: TokenID = 99

    /// Rounds of labels until the target is reached; nil if `limit` are not enough.
    private func rounds(_ draft: [TokenID], _ target: [TokenID], limit: Int) -> Int? {
        var draft = draft
        for round in 0...limit {
            if draft == target { return round }
            let labels = EditLabels.labels(draft: draft, target: target, mask: Self.mask)
            draft = EditLabels.apply(labels, to: draft, mask: Self.mask, length: target.count)
        }
        return nil
    }

    /// Random drafts and targets of up to 12 tokens all get there, nearly always in at most 5 rounds (algorithms.md A10
    /// and G7.8 found no more in 4,000 pairs; about one pair in 8,000 takes 6).
    @Test func labelsReachTheTarget() {
        let seed = UInt64.random(in: 0..<1_000_000)
        var random = SplitMix64(seed: seed)
        var slow = 0
        for _ in 0..<4000 {
            let length = Int.random(in: 1...12, using: &random)
            let letters = TokenID.random(in: 1...12, using: &random)
            let target = (0..<length).map { _ in TokenID.random(in: 0...letters, using: &random) }
            let draft = (0..<length).map { _ in
                random.uniform() < 0.2 ? Self.mask : TokenID.random(in: 0...letters, using: &random)
            }
            let needed = rounds(draft, target, limit: length + 1)
            #expect(needed != nil, "seed \(seed): \(draft) to \(target)")
            if needed ?? 0 > 5 { slow += 1 }
        }
        #expect(slow <= 6, "seed \(seed): \(slow) pairs took more than 5 rounds")
    }

    /// Every draft and target of up to four tokens from two letters and the mask.
    @Test func allSmallPairsReachTheTarget() {
        for length in 1...4 {
            for d in 0..<power(3, length) {
                let draft = (0..<length).map { i in [0, 1, Self.mask][d / power(3, i) % 3] }
                for t in 0..<power(2, length) {
                    let target = (0..<length).map { i in TokenID(t / power(2, i) % 2) }
                    #expect(rounds(draft, target, limit: 5) != nil, "\(draft) to \(target)")
                }
            }
        }
    }

    private func power(_ base: Int, _ exponent: Int) -> Int { (0..<exponent).reduce(1) { p, _ in p * base } }

    @Test func theRuleByExample() {
        func labels(_ draft: [TokenID], _ target: [TokenID]) -> [EditLabel] {
            EditLabels.labels(draft: draft, target: target, mask: Self.mask)
        }
        #expect(labels([1, 2, 3], [1, 2, 3]) == [.write(1), .write(2), .write(3)])
        // Two draft tokens against one of the target: one is written over, the surplus goes.
        #expect(labels([1, 7, 8, 3], [1, 2, 3, 4]) == [.write(1), .write(2), .delete, .write(3)])
        // The target has more in the gap: the closing match is to make room.
        #expect(labels([1, 3], [1, 2, 3]) == [.write(1), .insert])
        #expect(labels([5, 6], [1, 2]) == [.delete, .delete])
        #expect(labels([1, 9, 9], [1, 2, 3]) == [.write(1), .delete, .delete])
        #expect(labels([99, 3], [2, 3]) == [.write(2), .write(3)])
        #expect(labels([], [1]) == [] && labels([1], []) == [.delete])
        #expect(EditLabels.apply([.insert, .delete], to: [4, 5], mask: 99, length: 4) == [99, 4, 99, 99])
        #expect(EditLabels.apply([.insert, .write(5)], to: [4, 5], mask: 99, length: 2) == [99, 4])
    }

    /// The number of kept tokens is the longest common subsequence, found by trying all subsets.
    @Test func asManyTokensAsPossibleAreKept() {
        let seed = UInt64.random(in: 0..<1_000_000)
        var random = SplitMix64(seed: seed)
        for _ in 0..<300 {
            let draft = (0..<7).map { _ in TokenID.random(in: 0..<4, using: &random) }
            let target = (0..<7).map { _ in TokenID.random(in: 0..<4, using: &random) }
            var best = 0
            for subset in 0..<128 {
                let chosen = draft.indices.filter { subset >> $0 & 1 == 1 }.map { draft[$0] }
                var rest = target[...]
                let isCommon = chosen.allSatisfy { token in
                    guard let at = rest.firstIndex(of: token) else { return false }
                    rest = rest[(at + 1)...]
                    return true
                }
                if isCommon { best = max(best, chosen.count) }
            }
            let labels = EditLabels.labels(draft: draft, target: target, mask: Self.mask)
            let kept = zip(labels, draft).count { label, token in label == .insert || label == .write(token) }
            #expect(kept == best, "seed \(seed): \(draft) and \(target)")
        }
    }
}
