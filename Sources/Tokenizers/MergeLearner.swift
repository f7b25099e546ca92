import Common

/// The pieces of a training text as sequences of tokens, with the counts of all pairs kept up to date.
struct MergeLearner {
    /// The bytes of each id.
    private(set) var tokens: [[UInt8]]
    private(set) var merges: [(left: TokenID, right: TokenID)] = []

    private let firstByte: TokenID
    /// The id of each string of bytes but for the special tokens. Two merges can make the same string; it is one token.
    private var byBytes = BytesTable()
    private var idOfEntry: [TokenID] = []

    /// The tokens of all pieces, one after the other; a piece shrinks in its place.
    private var symbols: [TokenID] = []
    private var pieces: [(start: Int, length: Int, count: Int)] = []

    /// Pair → index into the arrays that follow.
    private var pairIndex = PairTable()
    private var pairCounts: [Int] = []
    /// The pieces that contain the pair, and perhaps some that no longer do.
    private var places: [[Int32]] = []
    private var heap = BinaryHeap<Candidate>()

    /// A pair and its count when it was put into the heap.
    private struct Candidate {
        var count: Int
        var pair: UInt64
    }

    init(tokens: [[UInt8]], firstByte: TokenID) {
        self.tokens = tokens
        self.firstByte = firstByte
        for id in Int(firstByte)..<tokens.count where byBytes.insert(tokens[id]) == idOfEntry.count {
            idOfEntry.append(TokenID(id))
        }
    }

    mutating func add(_ piece: ArraySlice<UInt8>, count: Int) {
        guard piece.count > 1 else { return }
        pieces.append((symbols.count, piece.count, count))
        for byte in piece { symbols.append(firstByte + TokenID(byte)) }
    }

    mutating func learn(size: Int, minimumCount: Int) {
        for piece in pieces.indices { count(piece, sign: 1) { _ in true } }
        for pair in pairIndex.keysInUse { push(pair) }
        while tokens.count < size, let top = pop() {
            let index = index(of: top.pair)
            guard top.count == pairCounts[index] else {
                // It has become rarer since. (If more frequent, then a newer candidate has come already.)
                if top.count > pairCounts[index], pairCounts[index] > 0 { push(top.pair) }
                continue
            }
            guard top.count >= minimumCount else { break }
            for pair in merge(top.pair, index) { push(pair) }
        }
    }

    private mutating func push(_ pair: UInt64) {
        let count = pairIndex[pair].map { pairCounts[Int($0)] } ?? 0
        let tokens = tokens
        heap.push(Candidate(count: count, pair: pair)) { Self.precedes($0, $1, tokens) }
    }

    private mutating func pop() -> Candidate? {
        let tokens = tokens
        return heap.pop { Self.precedes($0, $1, tokens) }
    }

    /// More frequent first, then the greater pair of byte strings.
    private static func precedes(_ first: Candidate, _ second: Candidate, _ tokens: [[UInt8]]) -> Bool {
        if first.count != second.count { return first.count > second.count }
        let (a, b) = (PairTable.pair(first.pair), PairTable.pair(second.pair))
        if a.left != b.left { return tokens[Int(b.left)].lexicographicallyPrecedes(tokens[Int(a.left)]) }
        return tokens[Int(b.right)].lexicographicallyPrecedes(tokens[Int(a.right)])
    }

    private mutating func index(of pair: UInt64) -> Int {
        if let index = pairIndex[pair] { return Int(index) }
        pairIndex.update(pair, to: UInt64(pairCounts.count))
        pairCounts.append(0)
        places.append([])
        return pairCounts.count - 1
    }

    /// Adds or takes away the pairs of a piece; remembers it as a place of those pairs that `isPlace` accepts.
    private mutating func count(_ piece: Int, sign: Int, isPlace: (UInt64) -> Bool) {
        let (start, length, count) = pieces[piece]
        for position in start..<start + length - 1 {
            let pair = PairTable.key(symbols[position], symbols[position + 1])
            let index = index(of: pair)
            pairCounts[index] += sign * count
            if isPlace(pair), places[index].last != Int32(piece) { places[index].append(Int32(piece)) }
        }
    }

    /// Makes the token of a pair and replaces the pair by it everywhere; gives the pairs with the new token.
    private mutating func merge(_ pair: UInt64, _ index: Int) -> Set<UInt64> {
        let (left, right) = PairTable.pair(pair)
        let bytes = tokens[Int(left)] + tokens[Int(right)]
        let entry = byBytes.insert(bytes)
        if entry == idOfEntry.count {
            idOfEntry.append(TokenID(tokens.count))
            tokens.append(bytes)
        }
        let new = idOfEntry[entry]
        merges.append((left, right))
        var risen: Set<UInt64> = []
        let affected = places[index]
        places[index] = []
        for piece in affected {
            let piece = Int(piece)
            guard contains(piece, left, right) else { continue }
            count(piece, sign: -1) { _ in false }
            replace(piece, left, right, new)
            count(piece, sign: 1) { pair in
                let (first, second) = PairTable.pair(pair)
                guard first == new || second == new else { return false }
                risen.insert(pair)
                return true
            }
        }
        return risen
    }

    private func contains(_ piece: Int, _ left: TokenID, _ right: TokenID) -> Bool {
        let (start, length, _) = pieces[piece]
        for position in start..<start + length - 1 where symbols[position] == left && symbols[position + 1] == right {
            return true
        }
        return false
    }

    private mutating func replace(_ piece: Int, _ left: TokenID, _ right: TokenID, _ new: TokenID) {
        let (start, length, _) = pieces[piece]
        var target = start
        var position = start
        while position < start + length {
            if symbols[position] == left, position + 1 < start + length, symbols[position + 1] == right {
                symbols[target] = new
                position += 2
            } else {
                symbols[target] = symbols[position]
                position += 1
            }
            target += 1
        }
        pieces[piece].length = target - start
    }
}
