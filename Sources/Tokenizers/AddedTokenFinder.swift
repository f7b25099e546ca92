import Common

/// Finds the texts of added tokens: the leftmost, and there the longest.
struct AddedTokenFinder: Sendable {
    /// Texts and ids by their first byte, the longest first.
    private var candidates: [[(text: [UInt8], id: TokenID)]]

    init(_ tokens: [Tokenizer.AddedToken]) {
        candidates = Array(repeating: [], count: 256)
        for token in tokens {
            let text = Array(token.text.utf8)
            guard let first = text.first else { continue }
            candidates[Int(first)].append((text, token.id))
        }
        for byte in candidates.indices { candidates[byte].sort { $0.text.count > $1.text.count } }
    }

    /// The first added token at `start` or later. O(bytes before it × candidates with the same first byte).
    func first(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (range: Range<Int>, id: TokenID)? {
        for place in start..<bytes.count {
            for (text, id) in candidates[Int(bytes[place])] where text.count <= bytes.count - place {
                if text.elementsEqual(bytes[place..<place + text.count]) { return (place..<place + text.count, id) }
            }
        }
        return nil
    }
}
