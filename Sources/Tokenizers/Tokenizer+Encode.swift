package import Common

extension Tokenizer {
    /// The tokens of a text. O(length), see `encode(bytes:)`.
    ///
    /// - Parameters:
    ///   - parsingSpecialTokens: whether the text `<|eos|>` is the token or ordinary text. Only ever true for text that
    ///     this program wrote: a user's text could otherwise fake the end of a message. Added tokens that are not special
    ///     are found in any case.
    ///   - addingSpecialTokens: whether the tokens of `frame` stand around those of the text.
    package func encode(
        _ text: String,
        parsingSpecialTokens: Bool = false,
        addingSpecialTokens: Bool = false
    ) -> [TokenID] {
        var text = text
        let ids = text.withUTF8 { encode(bytes: $0, parsingSpecialTokens: parsingSpecialTokens) }
        return addingSpecialTokens ? frame.prefix + ids + frame.suffix : ids
    }

    /// The tokens of any bytes.
    package func encode(bytes: [UInt8], parsingSpecialTokens: Bool = false) -> [TokenID] {
        bytes.withUnsafeBufferPointer { encode(bytes: $0, parsingSpecialTokens: parsingSpecialTokens) }
    }

    /// The tokens of any bytes. They give the bytes back exactly, but for what normalising, stripping added tokens and an
    /// unknown token change.
    ///
    /// Cost: one look-up for a piece that is a token; O(n log n) for a piece of n bytes that is not.
    package func encode(bytes: UnsafeBufferPointer<UInt8>, parsingSpecialTokens: Bool = false) -> [TokenID] {
        var output: [TokenID] = []
        output.reserveCapacity(bytes.count / 3 + 16)
        var merger = PairMerger()
        addedTokenFinder.forEachPart(of: bytes, parsingSpecialTokens: parsingSpecialTokens) { part in
            switch part {
            case .token(let id): output.append(id)
            case .text(let text): encodeNormalizing(text, parsingSpecialTokens, &merger, into: &output)
            }
        }
        return output
    }

    private func encodeNormalizing(
        _ text: UnsafeBufferPointer<UInt8>,
        _ parsingSpecialTokens: Bool,
        _ merger: inout PairMerger,
        into output: inout [TokenID]
    ) {
        func encodeParts(_ text: UnsafeBufferPointer<UInt8>) {
            normalizedTokenFinder.forEachPart(of: text, parsingSpecialTokens: parsingSpecialTokens) { part in
                switch part {
                case .token(let id): output.append(id)
                case .text(let text): encode(text, &merger, into: &output)
                }
            }
        }
        if let normal = normalizer.normalize(text) {
            normal.withUnsafeBufferPointer(encodeParts)
        } else {
            encodeParts(text)
        }
    }

    /// Appends the tokens of any bytes, which are neither searched for added tokens nor normalised; a caller with many texts
    /// keeps one merger for all.
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
