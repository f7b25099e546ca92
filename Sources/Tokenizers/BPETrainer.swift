package import Common

/// Learns the merges of a ``Tokenizer``.
///
/// Documents are cut into pieces; equal pieces are counted once. The most frequent pair is merged, ties broken by the
/// greater pair of byte strings; only the counts of pairs beside a merge change (Sennrich et al., 2016, section 3.2).
package struct BPETrainer: Sendable {
    package var vocabularySize: Int
    package var specialTokens: [String]
    package var preTokenizer: PreTokenizer

    package init(
        vocabularySize: Int, specialTokens: [String] = SpecialToken.texts, preTokenizer: PreTokenizer = .code
    ) {
        self.vocabularySize = vocabularySize
        self.specialTokens = specialTokens
        self.preTokenizer = preTokenizer
    }

    private struct Pair: Hashable {
        let left, right: Int32
    }

    private struct Word {
        var tokens: [Int32]
        let count: Int
    }

    package func train(on documents: some Sequence<[UInt8]>) throws -> Tokenizer {
        var counts: [ArraySlice<UInt8>: Int] = [:]
        for document in documents {
            document.withUnsafeBufferPointer { bytes in
                var start = 0
                while start < bytes.count {
                    let end = preTokenizer.end(of: bytes, from: start)
                    counts[document[start..<end], default: 0] += 1
                    start = end
                }
            }
        }
        var vocabulary: [[UInt8]] = specialTokens.map { Array($0.utf8) } + (0...255).map { [UInt8($0)] }
        let firstByte = Int32(specialTokens.count)
        // A fixed order of words makes the run independent of the hash seed.
        var words = counts.map { (Array($0.key), $0.value) }.sorted { $0.0.lexicographicallyPrecedes($1.0) }.map {
            Word(tokens: $0.0.map { firstByte + Int32($0) }, count: $0.1)
        }
        counts = [:]
        var pairCounts: [Pair: Int] = [:]
        var places: [Pair: Set<Int32>] = [:]
        for (index, word) in words.enumerated() {
            for (left, right) in zip(word.tokens, word.tokens.dropFirst()) {
                pairCounts[Pair(left: left, right: right), default: 0] += word.count
                places[Pair(left: left, right: right), default: []].insert(Int32(index))
            }
        }
        var heap = PairHeap()
        for (pair, count) in pairCounts { heap.push(entry(pair, count, vocabulary)) }
        var merges: [(left: TokenID, right: TokenID)] = []
        while vocabulary.count < vocabularySize, let top = heap.pop() {
            let pair = Pair(left: top.left, right: top.right)
            let count = pairCounts[pair] ?? 0
            guard count == top.count else {
                // The count has changed since this entry was made; the entry with the present count decides.
                continue
            }
            guard count > 0 else { break }
            let id = Int32(vocabulary.count)
            vocabulary.append(vocabulary[Int(pair.left)] + vocabulary[Int(pair.right)])
            merges.append((pair.left, pair.right))
            var changed: Set<Pair> = []
            for index in places.removeValue(forKey: pair) ?? [] {
                let word = words[Int(index)]
                var merged: [Int32] = []
                merged.reserveCapacity(word.tokens.count)
                var i = 0
                while i < word.tokens.count {
                    if i + 1 < word.tokens.count, word.tokens[i] == pair.left, word.tokens[i + 1] == pair.right {
                        merged.append(id)
                        i += 2
                    } else {
                        merged.append(word.tokens[i])
                        i += 1
                    }
                }
                for (left, right) in zip(word.tokens, word.tokens.dropFirst()) {
                    let old = Pair(left: left, right: right)
                    pairCounts[old, default: 0] -= word.count
                    changed.insert(old)
                }
                for (left, right) in zip(merged, merged.dropFirst()) {
                    let new = Pair(left: left, right: right)
                    pairCounts[new, default: 0] += word.count
                    places[new, default: []].insert(index)
                    changed.insert(new)
                }
                words[Int(index)].tokens = merged
            }
            pairCounts[pair] = nil
            for pair in changed {
                guard let count = pairCounts[pair], count > 0 else {
                    pairCounts[pair] = nil
                    continue
                }
                heap.push(entry(pair, count, vocabulary))
            }
        }
        let special = Dictionary(
            specialTokens.enumerated().map { ($1, TokenID($0)) }, uniquingKeysWith: { first, _ in first })
        return try Tokenizer(
            vocabulary: vocabulary, merges: merges, specialTokens: special, preTokenizer: preTokenizer)
    }

    private func entry(_ pair: Pair, _ count: Int, _ vocabulary: [[UInt8]]) -> PairHeap.Entry {
        .init(
            count: count, left: pair.left, right: pair.right, leftBytes: vocabulary[Int(pair.left)],
            rightBytes: vocabulary[Int(pair.right)])
    }
}

/// Pairs by falling count, then by falling byte strings.
private struct PairHeap {
    struct Entry {
        let count: Int
        let left, right: Int32
        let leftBytes, rightBytes: [UInt8]

        func precedes(_ other: Entry) -> Bool {
            if count != other.count { return count > other.count }
            if leftBytes != other.leftBytes { return other.leftBytes.lexicographicallyPrecedes(leftBytes) }
            return other.rightBytes.lexicographicallyPrecedes(rightBytes)
        }
    }

    private var items: [Entry] = []

    mutating func push(_ item: Entry) {
        items.append(item)
        var at = items.count - 1
        while at > 0, items[at].precedes(items[(at - 1) / 2]) {
            items.swapAt(at, (at - 1) / 2)
            at = (at - 1) / 2
        }
    }

    mutating func pop() -> Entry? {
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
