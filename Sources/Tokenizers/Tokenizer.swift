package import Common

/// A byte-level byte-pair encoding: text to token ids and back, exact for any bytes.
///
/// Text is cut into pieces (`PreTokenizer`); in each piece the pair of neighbours whose merge has the lowest rank is
/// merged, the leftmost first, until no pair has a merge. Source: Sennrich et al. 2016; GPT-2 for bytes.
package struct Tokenizer: Sendable {
    /// A token that is not made by merges.
    package struct AddedToken: Sendable, Hashable {
        package var id: TokenID
        package var text: String
        /// A control token, as opposed to ordinary text that is kept whole.
        package var isSpecial: Bool

        package init(id: TokenID, text: String, isSpecial: Bool = true) {
            self.id = id
            self.text = text
            self.isSpecial = isSpecial
        }
    }

    package let preTokenizer: PreTokenizer
    /// Tokens outside of the merges, in order of their ids.
    package let addedTokens: [AddedToken]
    /// One more than the greatest id; a few ids below may be unused.
    package let vocabularySize: Int

    /// A piece that is a token is taken whole, even if merges would not make it.
    let takesWholePieces: Bool
    /// The pairs in order of rank (see `PairTable.key`).
    let merges: [UInt64]
    /// Pair → rank << 32 | id of the merged token.
    let mergeTable: PairTable
    let byteTokens: [TokenID]
    /// The pieces that encode to a single token, and that token for each.
    let wholePieces: BytesTable
    let wholePieceTokens: [TokenID]
    let addedTokenFinder: AddedTokenFinder

    private let addedByText: [String: TokenID]
    private let special: Set<TokenID>
    /// The bytes of all tokens, one after the other, and where those of each begin.
    private let bytes: [UInt8]
    private let starts: [Int]

    /// - Parameters:
    ///   - tokens: the bytes of each id; empty for an unused one. All 256 single bytes must be among them.
    ///   - merges: the ids of the two halves, in order of rank; the joined bytes must be a token, too.
    ///   - addedTokens: their texts must be the bytes of their ids.
    /// - Throws: `malformed` if these rules are broken.
    package init(
        tokens: [[UInt8]],
        merges: [(left: TokenID, right: TokenID)],
        addedTokens: [AddedToken],
        preTokenizer: PreTokenizer,
        takesWholePieces: Bool = false
    ) throws {
        let added = addedTokens.sorted { ($0.id, $0.text) < ($1.id, $1.text) }
        try Self.check(added, tokens)
        let special = Set(added.map(\.id))
        let (table, ids) = try Self.table(tokens, without: special)
        self.preTokenizer = preTokenizer
        self.addedTokens = added
        self.takesWholePieces = takesWholePieces
        vocabularySize = tokens.count
        byteTokens = try Self.byteTokens(table, ids)
        self.merges = merges.map { PairTable.key($0.left, $0.right) }
        mergeTable = try Self.mergeTable(merges, tokens, table, ids)
        addedTokenFinder = AddedTokenFinder(added)
        addedByText = Dictionary(added.map { ($0.text, $0.id) }) { first, _ in first }
        self.special = Set(added.filter(\.isSpecial).map(\.id))
        bytes = Array(tokens.joined())
        starts = tokens.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
        if takesWholePieces {
            (wholePieces, wholePieceTokens) = (table, ids)
        } else {
            (wholePieces, wholePieceTokens) = Self.wholePieces(table, ids, byteTokens, mergeTable)
        }
    }

    /// The halves of each merge, in order of rank.
    package var mergePairs: [(left: TokenID, right: TokenID)] { merges.map(PairTable.pair) }

    /// The id of an added token by its text, such as `<|eos|>`.
    package func id(of text: String) -> TokenID? { addedByText[text] }

    /// The id of one of this project's special tokens in this vocabulary; nil if it is not there.
    package func id(of token: SpecialToken) -> TokenID? { addedByText[token.text] }

    /// The id of each added token that is a control token, by its text.
    package var specialTokens: [String: TokenID] { addedByText.filter { special.contains($0.value) } }

    package func isSpecial(_ id: TokenID) -> Bool { special.contains(id) }

    /// The bytes of a token: the text of an added one; none for an id that is unused or outside of the vocabulary.
    package func bytes(ofToken id: TokenID) -> ArraySlice<UInt8> {
        guard id >= 0, Int(id) < vocabularySize else { return [] }
        return bytes[starts[Int(id)]..<starts[Int(id) + 1]]
    }

    /// The exact bytes of the tokens. O(bytes).
    package func bytes(of ids: some Sequence<TokenID>) -> [UInt8] {
        var result: [UInt8] = []
        for id in ids { result.append(contentsOf: bytes(ofToken: id)) }
        return result
    }

    /// The text of the tokens; what is not UTF-8 becomes U+FFFD.
    package func decode(_ ids: some Sequence<TokenID>, skippingSpecialTokens: Bool = false) -> String {
        let bytes = skippingSpecialTokens ? bytes(of: ids.lazy.filter { !isSpecial($0) }) : bytes(of: ids)
        return String(decoding: bytes, as: UTF8.self)
    }
}
