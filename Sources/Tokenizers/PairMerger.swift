import Common

/// Merges the pairs of one piece. Holds the scratch memory, so that a text needs no allocation for each piece.
package struct PairMerger: Sendable {
    /// Pieces up to this length are merged by repeated search for the least rank, longer ones with a heap. The search
    /// is quadratic in the length, so that the bound keeps the whole linear.
    static let shortLength = 40

    /// Pushes to the heap so far: at most three for each byte of a long piece, which is what makes it O(n log n).
    package private(set) var heapPushes = 0

    package init() {}

    private var ids: [TokenID] = []
    /// For each position the merge of the token there with the next one: rank << 32 | id, or `none`.
    private var merges: [UInt64] = []
    private var next: [Int32] = []
    private var previous: [Int32] = []
    private var heap = BinaryHeap<UInt64>()

    private static let none = UInt64.max

    /// Positions are 32 bits; a piece that is longer still is merged in parts.
    private static let greatestLength = 1 << 29

    /// Appends the tokens of a piece.
    mutating func merge(
        _ piece: UnsafeBufferPointer<UInt8>,
        _ byteTokens: ByteTokens,
        _ table: PairTable,
        into output: inout [TokenID]
    ) {
        guard piece.count <= Self.greatestLength else {
            merge(UnsafeBufferPointer(rebasing: piece[..<Self.greatestLength]), byteTokens, table, into: &output)
            merge(UnsafeBufferPointer(rebasing: piece[Self.greatestLength...]), byteTokens, table, into: &output)
            return
        }
        ids.removeAll(keepingCapacity: true)
        byteTokens.append(piece, to: &ids)
        merges.removeAll(keepingCapacity: true)
        for index in ids.indices.dropLast() { merges.append(Self.look(table, ids[index], ids[index + 1])) }
        if ids.count <= Self.shortLength {
            mergeShort(table)
            output.append(contentsOf: ids)
        } else {
            merges.append(Self.none)
            mergeLong(table)
            var index: Int32 = 0
            while index >= 0 {
                output.append(ids[Int(index)])
                index = next[Int(index)]
            }
        }
    }

    @inline(__always)
    private static func look(_ table: PairTable, _ left: TokenID, _ right: TokenID) -> UInt64 {
        table[PairTable.key(left, right)] ?? none
    }

    private mutating func mergeShort(_ table: PairTable) {
        while true {
            // Ranks differ for different pairs, so that the first least one is the leftmost.
            var best = Self.none
            var place = 0
            for (index, merge) in merges.enumerated() where merge < best { (best, place) = (merge, index) }
            guard best != Self.none else { return }
            ids[place] = TokenID(truncatingIfNeeded: best)
            ids.remove(at: place + 1)
            merges.remove(at: place)
            if place < merges.count { merges[place] = Self.look(table, ids[place], ids[place + 1]) }
            if place > 0 { merges[place - 1] = Self.look(table, ids[place - 1], ids[place]) }
        }
    }

    /// A heap of (rank, position); an entry is stale if the rank at its position has changed. A pair never comes back to
    /// a position, since its bytes only grow.
    private mutating func mergeLong(_ table: PairTable) {
        let count = ids.count
        next = Array(1...Int32(count))
        next[count - 1] = -1
        previous = Array(-1..<Int32(count - 1))
        heap.removeAll()
        for index in 0..<count { pushMerge(index) }
        while let entry = heap.pop(before: <) {
            let place = Int(entry & 0xFFFF_FFFF)
            let merge = merges[place]
            guard merge >> 32 == entry >> 32 else { continue }
            let gone = Int(next[place])
            ids[place] = TokenID(truncatingIfNeeded: merge)
            merges[gone] = Self.none
            next[place] = next[gone]
            merges[place] = Self.none
            if next[place] >= 0 {
                let after = Int(next[place])
                previous[after] = Int32(place)
                merges[place] = Self.look(table, ids[place], ids[after])
                pushMerge(place)
            }
            if previous[place] >= 0 {
                let before = Int(previous[place])
                merges[before] = Self.look(table, ids[before], ids[place])
                pushMerge(before)
            }
        }
    }

    private mutating func pushMerge(_ place: Int) {
        guard merges[place] != Self.none else { return }
        heapPushes += 1
        heap.push(merges[place] & ~0xFFFF_FFFF | UInt64(place), before: <)
    }
}
