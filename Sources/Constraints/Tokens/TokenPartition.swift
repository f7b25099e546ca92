package import Common
import Synchronization

/// The tokens that a state allows, divided by where they lead. States that agree share one: all states inside a string
/// allow the same tokens.
package final class TokenPartition: Sendable {
    /// Tokens of a group that stand for it where a row names none of them; groups up to this size are listed in full.
    static let sampleLimit = 32

    package let groupCount: Int
    /// Bit t % 64 of word t / 64: token t is allowed.
    let words: [UInt64]
    /// Allowed tokens before each word.
    let ranks: [Int32]
    /// The group of each allowed token, in the order of the tokens; empty if there is one group.
    let groups: [UInt16]
    /// By group: its number of tokens, and where its samples begin.
    package let counts: [Int32]
    let sampleStarts: [Int32]
    let samples: [TokenID]

    /// - Parameter group: by token, its group; -1 if it is not allowed. Groups are numbered as they appear.
    init(groups group: [Int32], groupCount: Int) {
        self.groupCount = groupCount
        var words = [UInt64](repeating: 0, count: (group.count + 63) / 64)
        var ranks = [Int32](repeating: 0, count: words.count)
        var (groups, counts) = ([UInt16](), [Int32](repeating: 0, count: groupCount))
        var lists = [[TokenID]](repeating: [], count: groupCount)
        var total: Int32 = 0
        for token in group.indices {
            if token & 63 == 0 { ranks[token >> 6] = total }
            guard group[token] >= 0 else { continue }
            let index = Int(group[token])
            words[token >> 6] |= 1 << UInt64(token & 63)
            total += 1
            if groupCount > 1 { groups.append(UInt16(index)) }
            counts[index] += 1
            if lists[index].count < Self.sampleLimit { lists[index].append(TokenID(token)) }
        }
        (self.words, self.ranks, self.groups, self.counts) = (words, ranks, groups, counts)
        sampleStarts = lists.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1.count)) }
        samples = lists.flatMap { $0 }
    }

    /// The group of a token; -1 if it is not allowed.
    @inline(__always)
    package func group(of token: TokenID) -> Int {
        let index = Int(token)
        guard index >> 6 < words.count, index >= 0 else { return -1 }
        let word = words[index >> 6]
        let bit = UInt64(1) << UInt64(index & 63)
        guard word & bit != 0 else { return -1 }
        if groups.isEmpty { return 0 }
        return Int(groups[Int(ranks[index >> 6]) + (word & (bit - 1)).nonzeroBitCount])
    }

    /// Some tokens of a group, ascending: all of them if they are few.
    package func samples(_ group: Int) -> ArraySlice<TokenID> {
        samples[Int(sampleStarts[group])..<Int(sampleStarts[group + 1])]
    }

    var memory: Int { words.count * 12 + groups.count * 2 + counts.count * 8 + samples.count * 4 }
}

extension TokenPartition: Hashable {
    package static func == (a: TokenPartition, b: TokenPartition) -> Bool {
        a.groupCount == b.groupCount && a.words == b.words && a.groups == b.groups
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words)
        hasher.combine(groups)
    }
}

/// The tokens that may follow a state, and the states behind them.
package final class TokenEdges: Sendable {
    package let partition: TokenPartition
    /// By group of the partition.
    package let targets: [Recogniser.State]
    /// The text may end here.
    package let isAccepting: Bool
    /// The group of a token that leads towards an end, -1 if there is none; -2 until it was asked for.
    let closingGroup = Atomic<Int>(-2)

    init(partition: TokenPartition, targets: [Recogniser.State], isAccepting: Bool) {
        (self.partition, self.targets, self.isAccepting) = (partition, targets, isAccepting)
    }

    /// The state behind a token; dead if it may not follow.
    package func target(of token: TokenID) -> Recogniser.State {
        let group = partition.group(of: token)
        return group < 0 ? Recogniser.dead : targets[group]
    }
}
