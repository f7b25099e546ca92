package import Common

/// A byte-level byte-pair encoding (Sennrich et al., 2016; bytes as in GPT-2). Encoding and decoding are exact on any bytes.
package struct Tokenizer: Sendable {
    package let preTokenizer: PreTokenizer
    let pieces: PieceTable
    let merges: [(left: TokenID, right: TokenID, id: TokenID)]
    let mergeTable: MergeTable
    /// Text → id of the tokens that stand outside the merges.
    package let specialTokens: [String: TokenID]
    private let isSpecialToken: [Bool]
    private let byteTokens: [TokenID]

    package var vocabularySize: Int { pieces.count }

    /// - Parameters:
    ///   - vocabulary: the bytes of each id; a special token's are its text.
    ///   - merges: in the order of their ranks.
    package init(
        vocabulary: [[UInt8]],
        merges: [(left: TokenID, right: TokenID)],
        specialTokens: [String: TokenID],
        preTokenizer: PreTokenizer
    ) throws {
        var special = [Bool](repeating: false, count: vocabulary.count)
        for (text, id) in specialTokens {
            guard vocabulary.indices.contains(Int(id)) else {
                throw CinnabarError(
                    .malformed, "tokenizer: special token '\(text)' has id \(id), the vocabulary \(vocabulary.count) entries")
            }
            special[Int(id)] = true
        }
        self.preTokenizer = preTokenizer
        self.specialTokens = specialTokens
        isSpecialToken = special
        pieces = PieceTable(vocabulary) { !special[$0] }
        let pieces = pieces
        func lookUp(_ bytes: [UInt8]) -> TokenID { bytes.withUnsafeBufferPointer { pieces.id(of: $0) } }
        byteTokens = try (0...255).map { byte in
            let id = lookUp([UInt8(byte)])
            guard id >= 0 else {
                throw CinnabarError(
                    .malformed, "tokenizer: byte \(byte) has no token", hint: "only byte-level vocabularies are supported")
            }
            return id
        }
        self.merges = try merges.map { merge in
            guard vocabulary.indices.contains(Int(merge.left)), vocabulary.indices.contains(Int(merge.right)) else {
                throw CinnabarError(.malformed, "tokenizer: a merge names id \(merge.left) or \(merge.right), which do not exist")
            }
            let id = lookUp(vocabulary[Int(merge.left)] + vocabulary[Int(merge.right)])
            guard id >= 0 else {
                throw CinnabarError(
                    .malformed, "tokenizer: the merge of ids \(merge.left) and \(merge.right) gives no token of the vocabulary")
            }
            return (merge.left, merge.right, id)
        }
        mergeTable = MergeTable(self.merges)
    }

    package func isSpecial(_ id: TokenID) -> Bool { isSpecialToken.indices.contains(Int(id)) && isSpecialToken[Int(id)] }

    package subscript(special: SpecialToken) -> TokenID? { specialTokens[special.rawValue] }

    /// Exact bytes of a token (of a special token: its text); none for an id outside the vocabulary.
    package func bytes(ofToken id: TokenID) -> ArraySlice<UInt8> {
        Int(id) >= 0 && Int(id) < pieces.count ? pieces[Int(id)] : []
    }

    /// Exact bytes of ordinary tokens; special tokens are left out unless asked for.
    package func bytes(of ids: some Sequence<TokenID>, includingSpecial: Bool = false) -> [UInt8] {
        var result: [UInt8] = []
        for id in ids where includingSpecial || !isSpecial(id) { result += bytes(ofToken: id) }
        return result
    }

    /// Text of ordinary tokens; bytes that are no UTF-8 become U+FFFD.
    package func decode(_ ids: some Sequence<TokenID>, includingSpecial: Bool = false) -> String {
        String(decoding: bytes(of: ids, includingSpecial: includingSpecial), as: UTF8.self)
    }

    /// The id of one byte.
    func token(ofByte byte: UInt8) -> TokenID { byteTokens[Int(byte)] }
}
