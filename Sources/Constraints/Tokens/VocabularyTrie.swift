package import Common

/// The tokens of a vocabulary by their bytes: a trie whose nodes stand in depth-first order, so that a walk over it reads
/// memory forwards and a dead branch is one jump.
package final class VocabularyTrie: Sendable {
    /// Tokens of the vocabulary, those without bytes included.
    package let size: Int
    /// Bytes of the longest token.
    package let longest: Int
    /// For each byte, the token that is just this byte; -1 if there is none.
    let single: [TokenID]
    /// All bytes that UTF-8 text can hold are tokens: whatever can be completed in bytes can be completed in tokens.
    package let spellsAllText: Bool

    // By node; node 0 is the root.
    let bytes: [UInt8]
    let depths: [Int32]
    /// The first node behind the branch.
    let ends: [Int32]
    /// Where the node's tokens begin in `tokens`; one more entry than nodes.
    let tokenStarts: [Int32]
    let tokens: [TokenID]
    /// The root's child by byte; 0 if there is none.
    let rootChildren: [Int32]

    private let text: [UInt8]
    private let textStarts: [Int]

    /// - Parameter vocabulary: the bytes of each token, by id; empty for tokens that are no text.
    package init(_ vocabulary: [[UInt8]]) {
        size = vocabulary.count
        let order = vocabulary.indices.filter { !vocabulary[$0].isEmpty }.sorted { a, b in
            if vocabulary[a] == vocabulary[b] { return a < b }
            return vocabulary[a].lexicographicallyPrecedes(vocabulary[b])
        }
        var (bytes, depths, ends) = ([UInt8(0)], [Int32(0)], [Int32(0)])
        var starts: [Int32] = [0]
        var tokens: [TokenID] = []
        // Nodes from the root to the last token.
        var path = [0]
        var previous: [UInt8] = []
        for id in order {
            let word = vocabulary[id]
            var common = 0
            while common < previous.count, common < word.count, previous[common] == word[common] { common += 1 }
            while path.count > common + 1 { ends[path.removeLast()] = Int32(bytes.count) }
            for depth in common..<word.count {
                starts.append(Int32(tokens.count))
                path.append(bytes.count)
                bytes.append(word[depth])
                depths.append(Int32(depth + 1))
                ends.append(0)
            }
            tokens.append(TokenID(id))
            previous = word
        }
        for node in path { ends[node] = Int32(bytes.count) }
        starts.append(Int32(tokens.count))
        longest = order.lazy.map { vocabulary[$0].count }.max() ?? 0

        var children = [Int32](repeating: 0, count: 256)
        var single = [TokenID](repeating: -1, count: 256)
        var node = 1
        while node < bytes.count {
            children[Int(bytes[node])] = Int32(node)
            if starts[node] < starts[node + 1] { single[Int(bytes[node])] = tokens[Int(starts[node])] }
            node = Int(ends[node])
        }
        // C0, C1 and F5...FF are in no UTF-8 text.
        spellsAllText = (0..<256).allSatisfy { single[$0] >= 0 || $0 == 0xC0 || $0 == 0xC1 || $0 >= 0xF5 }
        (self.bytes, self.depths, self.ends, tokenStarts, self.tokens) = (bytes, depths, ends, starts, tokens)
        (rootChildren, self.single) = (children, single)
        text = vocabulary.flatMap { $0 }
        textStarts = vocabulary.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    }

    /// The bytes of a token; empty for tokens that are no text, and for numbers outside the vocabulary.
    package func bytes(of token: TokenID) -> ArraySlice<UInt8> {
        (0..<size).contains(Int(token)) ? text[textStarts[Int(token)]..<textStarts[Int(token) + 1]] : []
    }

    package func bytes(of tokens: some Sequence<TokenID>) -> [UInt8] { tokens.flatMap { bytes(of: $0) } }

    /// The child of `node` at `byte`; 0 if there is none.
    func child(_ node: Int32, _ byte: UInt8) -> Int32 {
        if node == 0 { return rootChildren[Int(byte)] }
        var child = node + 1
        while child < ends[Int(node)] {
            if bytes[Int(child)] == byte { return child }
            child = ends[Int(child)]
        }
        return 0
    }

    /// The fewest tokens that spell `target`, by position: how many from there on, and the first of them (the longest
    /// one among equals). nil if no tokens spell it.
    func spell(_ target: ArraySlice<UInt8>) -> (counts: [Int32], tokens: [TokenID])? {
        var counts = [Int32](repeating: Length.none, count: target.count + 1)
        var choices = [TokenID](repeating: -1, count: target.count + 1)
        counts[target.count] = 0
        for start in target.indices.reversed() {
            var (node, position) = (Int32(0), start)
            while position < target.count {
                node = child(node, target[position])
                guard node > 0 else { break }
                position += 1
                let first = tokenStarts[Int(node)]
                guard first < tokenStarts[Int(node) + 1] else { continue }
                let count = Length.sum(counts[position], 1)
                if count <= counts[start], count != Length.none {
                    (counts[start], choices[start]) = (count, tokens[Int(first)])
                }
            }
        }
        return counts[0] == Length.none ? nil : (counts, choices)
    }
}
