package import Common

extension Tokenizer {
    /// The tokens of a text. O(length), see `encode(bytes:)`.
    ///
    /// - Parameter parsingSpecialTokens: whether the text `<|eos|>` is the token or ordinary text. Only ever true for text
    ///   that this program wrote: a user's text could otherwise fake the end of a message.
    package func encode(_ text: String, parsingSpecialTokens: Bool = false) -> [TokenID] {
        var text = text
        return text.withUTF8 { encode(bytes: $0, parsingSpecialTokens: parsingSpecialTokens) }
    }

    /// The tokens of any bytes; `bytes(of:)` gives them back exactly.
    package func encode(bytes: [UInt8], parsingSpecialTokens: Bool = false) -> [TokenID] {
        bytes.withUnsafeBufferPointer { encode(bytes: $0, parsingSpecialTokens: parsingSpecialTokens) }
    }

    /// The tokens of any bytes; `bytes(of:)` gives them back exactly.
    ///
    /// Cost: one look-up for a piece that is a token; O(n log n) for a piece of n bytes that is not.
    package func encode(bytes: UnsafeBufferPointer<UInt8>, parsingSpecialTokens: Bool = false) -> [TokenID] {
        var output: [TokenID] = []
        output.reserveCapacity(bytes.count / 3 + 16)
        var merger = PairMerger()
        guard parsingSpecialTokens else {
            encode(bytes, &merger, into: &output)
            return output
        }
        var start = 0
        while let found = addedTokenFinder.first(in: bytes, from: start) {
            encode(UnsafeBufferPointer(rebasing: bytes[start..<found.range.lowerBound]), &merger, into: &output)
            output.append(found.id)
            start = found.range.upperBound
        }
        encode(UnsafeBufferPointer(rebasing: bytes[start...]), &merger, into: &output)
        return output
    }

    /// Appends the tokens of any bytes; a caller with many texts keeps one merger for all.
    package func encode(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ merger: inout PairMerger,
        into output: inout [TokenID]
    ) {
        preTokenizer.forEachPiece(bytes) { range in
            let piece = UnsafeBufferPointer(rebasing: bytes[range])
            if let whole = wholePieces.find(piece) {
                output.append(wholePieceTokens[whole])
            } else {
                merger.merge(piece, byteTokens, mergeTable, into: &output)
            }
        }
    }
}
