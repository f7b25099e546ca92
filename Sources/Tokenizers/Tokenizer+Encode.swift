package import Common

extension Tokenizer {
    /// Ids of a text. Cost: linear in the text.
    ///
    /// - Parameter parsingSpecialTokens: whether texts such as `<|eos|>` become their special token; off by default, so
    ///   that a user's text cannot forge one.
    package func encode(_ text: String, parsingSpecialTokens: Bool = false) -> [TokenID] {
        var text = text
        return text.withUTF8 { bytes in
            var ids: [TokenID] = []
            ids.reserveCapacity(bytes.count / 3)
            guard parsingSpecialTokens, !specialTokens.isEmpty else {
                encode(bytes, into: &ids)
                return ids
            }
            var start = 0
            for (range, id) in specialRanges(in: bytes) {
                encode(UnsafeBufferPointer(rebasing: bytes[start..<range.lowerBound]), into: &ids)
                ids.append(id)
                start = range.upperBound
            }
            encode(UnsafeBufferPointer(rebasing: bytes[start...]), into: &ids)
            return ids
        }
    }

    /// Ids of any bytes.
    package func encode(bytes: some Collection<UInt8>) -> [TokenID] {
        var ids: [TokenID] = []
        let done: Void? = bytes.withContiguousStorageIfAvailable { encode($0, into: &ids) }
        if done == nil { Array(bytes).withUnsafeBufferPointer { encode($0, into: &ids) } }
        return ids
    }

    private func encode(_ bytes: UnsafeBufferPointer<UInt8>, into ids: inout [TokenID]) {
        var start = 0
        while start < bytes.count {
            let end = preTokenizer.end(of: bytes, from: start)
            let piece = UnsafeBufferPointer(rebasing: bytes[start..<end])
            let id = pieces.id(of: piece)
            if id >= 0 { ids.append(id) } else { merge(piece, into: &ids) }
            start = end
        }
    }

    /// Merges the pair of lowest rank, leftmost first, until none is left. A heap of candidate pairs over a linked list:
    /// n log n for a piece of n bytes.
    private func merge(_ piece: UnsafeBufferPointer<UInt8>, into ids: inout [TokenID]) {
        let count = piece.count
        if count <= 24 { return mergeShort(piece, into: &ids) }
        var tokens = piece.map { token(ofByte: $0) }
        var next = (0..<count).map { $0 + 1 }
        var previous = (0..<count).map { $0 - 1 }
        var heap = MergeHeap()
        func offer(_ left: Int) {
            guard left >= 0, next[left] < count else { return }
            let merge = mergeTable[tokens[left], tokens[next[left]]]
            if merge.id >= 0 {
                heap.push(
                    .init(
                        rank: merge.rank, left: Int32(left), id: merge.id, leftToken: tokens[left],
                        rightToken: tokens[next[left]]))
            }
        }
        for i in 0..<count - 1 { offer(i) }
        while let best = heap.pop() {
            let left = Int(best.left)
            // A candidate is stale if either side has changed since it was offered.
            guard tokens[left] == best.leftToken, next[left] < count, tokens[next[left]] == best.rightToken else { continue }
            let right = next[left]
            tokens[left] = best.id
            tokens[right] = -1
            next[left] = next[right]
            if next[right] < count { previous[next[right]] = left }
            offer(previous[left])
            offer(left)
        }
        var at = 0
        while at < count {
            ids.append(tokens[at])
            at = next[at]
        }
    }

    /// The same on a few bytes, where scanning beats a heap.
    private func mergeShort(_ piece: UnsafeBufferPointer<UInt8>, into ids: inout [TokenID]) {
        withUnsafeTemporaryAllocation(of: TokenID.self, capacity: piece.count) { tokens in
            var count = piece.count
            for i in 0..<count { tokens[i] = token(ofByte: piece[i]) }
            while count > 1 {
                var best: (rank: Int32, id: Int32) = (.max, -1)
                var at = 0
                for i in 0..<count - 1 {
                    let merge = mergeTable[tokens[i], tokens[i + 1]]
                    if merge.rank < best.rank { (best, at) = (merge, i) }
                }
                guard best.id >= 0 else { break }
                tokens[at] = best.id
                for i in at + 1..<count - 1 { tokens[i] = tokens[i + 1] }
                count -= 1
            }
            for i in 0..<count { ids.append(tokens[i]) }
        }
    }

    /// Places of special tokens in a text, longest first where several begin at one byte.
    private func specialRanges(in bytes: UnsafeBufferPointer<UInt8>) -> [(Range<Int>, TokenID)] {
        let tokens = specialTokens.map { (Array($0.key.utf8), $0.value) }.filter { !$0.0.isEmpty }
        let firsts = Set(tokens.map { $0.0[0] })
        let sorted = tokens.sorted { ($0.0.count, $1.1) > ($1.0.count, $0.1) }
        var result: [(Range<Int>, TokenID)] = []
        var at = 0
        while at < bytes.count {
            if firsts.contains(bytes[at]),
                let hit = sorted.first(where: { at + $0.0.count <= bytes.count && bytes[at..<at + $0.0.count].elementsEqual($0.0) })
            {
                result.append((at..<at + hit.0.count, hit.1))
                at += hit.0.count
            } else {
                at += 1
            }
        }
        return result
    }
}

/// A binary heap of candidate merges, lowest rank first, leftmost among equals.
private struct MergeHeap {
    struct Candidate {
        let rank, left, id: Int32
        let leftToken, rightToken: TokenID

        func precedes(_ other: Candidate) -> Bool { (rank, left) < (other.rank, other.left) }
    }

    private var items: [Candidate] = []

    mutating func push(_ item: Candidate) {
        items.append(item)
        var at = items.count - 1
        while at > 0, items[at].precedes(items[(at - 1) / 2]) {
            items.swapAt(at, (at - 1) / 2)
            at = (at - 1) / 2
        }
    }

    mutating func pop() -> Candidate? {
        guard let top = items.first else { return nil }
        let last = items.removeLast()
        guard !items.isEmpty else { return top }
        items[0] = last
        var at = 0
        while true {
            var least = at
            for child in [2 * at + 1, 2 * at + 2] where child < items.count && items[child].precedes(items[least]) {
                least = child
            }
            if least == at { return top }
            items.swapAt(at, least)
            at = least
        }
    }
}
