import Common

/// Finds added tokens in text: the leftmost, and there the longest, then behind it. As the `tokenizers` package does,
/// what a match covers is not searched again even if the match does not count.
struct AddedTokenFinder: Sendable {
    private let tokens: [Tokenizer.AddedToken]
    /// A trie: (node, byte) → node. The root is 0.
    private var children = PairTable()
    /// The index of the token that ends at each node; -1 if none does.
    private var tokenAtNode = [-1]
    private var isFirstByte = [Bool](repeating: false, count: 256)
    private let hasOrdinaryTokens: Bool

    init(_ tokens: [Tokenizer.AddedToken], _ normalizer: Normalizer) {
        self.tokens = tokens
        hasOrdinaryTokens = tokens.contains { !$0.isSpecial }
        for (index, token) in tokens.enumerated() {
            let text = token.searched(normalizer)
            var node: Int32 = 0
            for byte in text {
                let key = PairTable.key(node, Int32(byte))
                if children[key] == nil {
                    children.update(key, to: UInt64(tokenAtNode.count))
                    tokenAtNode.append(-1)
                }
                node = Int32(truncatingIfNeeded: children[key] ?? 0)
            }
            guard let first = text.first, tokenAtNode[Int(node)] < 0 else { continue }
            isFirstByte[Int(first)] = true
            tokenAtNode[Int(node)] = index
        }
    }

    enum Part {
        case text(UnsafeBufferPointer<UInt8>)
        case token(TokenID)
    }

    /// Calls `body` with tokens and the text between them, in order. O(length × the longest token).
    ///
    /// - Parameter parsingSpecialTokens: whether special tokens count.
    func forEachPart(
        of bytes: UnsafeBufferPointer<UInt8>,
        parsingSpecialTokens: Bool,
        _ body: (Part) -> Void
    ) {
        /// Where the text begins that is not given away yet.
        var start = 0
        /// The white space behind the last token that strips it ends here.
        var blanksEnd = 0
        var place = parsingSpecialTokens || hasOrdinaryTokens ? 0 : bytes.count
        while let (found, range) = next(in: bytes, from: place) {
            place = range.upperBound
            let token = tokens[found]
            if token.isSpecial, !parsingSpecialTokens { continue }
            if token.isWord, !Self.isWord(range, bytes) { continue }
            let lower = token.stripsLeft ? Self.blanksStart(range.lowerBound, bytes, from: start) : range.lowerBound
            var upper = range.upperBound
            if token.stripsRight {
                if upper > blanksEnd { blanksEnd = Self.blanksEnd(upper, bytes) }
                upper = blanksEnd
            }
            if start < lower { body(.text(UnsafeBufferPointer(rebasing: bytes[start..<lower]))) }
            // White space that is a token itself may have been stripped by the one before.
            if lower < upper { body(.token(token.id)) }
            start = upper
        }
        if start < bytes.count { body(.text(UnsafeBufferPointer(rebasing: bytes[start...]))) }
    }

    private func next(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (token: Int, range: Range<Int>)? {
        for place in start..<bytes.count where isFirstByte[Int(bytes[place])] {
            if let found = longest(in: bytes, at: place) { return found }
        }
        return nil
    }

    private func longest(in bytes: UnsafeBufferPointer<UInt8>, at place: Int) -> (token: Int, range: Range<Int>)? {
        var node: Int32 = 0
        var found: (Int, Range<Int>)?
        for index in place..<bytes.count {
            guard let child = children[PairTable.key(node, Int32(bytes[index]))] else { break }
            node = Int32(truncatingIfNeeded: child)
            if tokenAtNode[Int(node)] >= 0 { found = (tokenAtNode[Int(node)], place..<index + 1) }
        }
        return found
    }

    private static func isWord(_ range: Range<Int>, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let before = UTF8Reader.scalar(before: range.lowerBound, in: bytes)?.scalar
        let after = range.upperBound < bytes.count ? UTF8Reader.scalar(at: range.upperBound, in: bytes)?.scalar : nil
        return before?.isWordCharacter != true && after?.isWordCharacter != true
    }

    private static func blanksStart(_ end: Int, _ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var index = end
        while index > start, let (scalar, before) = UTF8Reader.scalar(before: index, in: bytes),
            scalar.properties.isWhitespace
        {
            index = before
        }
        return max(index, start)
    }

    private static func blanksEnd(_ start: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var index = start
        while index < bytes.count, let (scalar, next) = UTF8Reader.scalar(at: index, in: bytes),
            scalar.properties.isWhitespace
        {
            index = next
        }
        return index
    }
}
