package import Common

/// A byte-level byte-pair encoding: text to token ids and back, exact for any bytes unless it normalises, its added tokens
/// strip white space or it has an unknown token.
///
/// Text is cut into pieces (`PreTokenizer`); in each piece the pair of neighbours whose merge has the lowest rank is
/// merged, the leftmost first, until no pair has a merge. Source: Sennrich et al. 2016; GPT-2 for bytes.
package struct Tokenizer: Sendable {
    /// Tokens around a text.
    package struct Frame: Sendable, Hashable {
        package var prefix: [TokenID]
        package var suffix: [TokenID]

        package init(prefix: [TokenID] = [], suffix: [TokenID] = []) {
            self.prefix = prefix
            self.suffix = suffix
        }
    }

    package let normalizer: Normalizer
    package let preTokenizer: PreTokenizer
    /// Tokens outside of the merges, in order of their ids.
    package let addedTokens: [AddedToken]
    /// One more than the greatest id; a few ids below may be unused.
    package let vocabularySize: Int
    /// What stands before and behind a whole text, such as a begin token; see `encode`.
    package let frame: Frame

    /// A piece that is a token is taken whole, even if merges would not make it.
    let takesWholePieces: Bool
    /// The pairs in order of rank (see `PairTable.key`).
    let merges: [UInt64]
    /// Pair → rank << 32 | id of the merged token.
    let mergeTable: PairTable
    let byteTokens: ByteTokens
    let unknown: UnknownBytes
    /// The pieces that encode to a single token, and that token for each.
    let wholePieces: BytesTable
    let wholePieceTokens: [TokenID]
    /// Those that are found in the text, and those that are found once the rest is normalised.
    let addedTokenFinder: AddedTokenFinder
    let normalizedTokenFinder: AddedTokenFinder

    private let addedByText: [String: TokenID]
    let addedByID: [TokenID: AddedToken]
    /// The bytes of all tokens, one after the other, and where those of each begin.
    private let bytes: [UInt8]
    private let starts: [Int]

    /// - Parameters:
    ///   - tokens: the bytes of each id; empty for an unused one. All bytes that UTF-8 uses must be among them, unless
    ///     there is an unknown token.
    ///   - merges: the ids of the two halves, in order of rank; the joined bytes must be a token, too.
    ///   - addedTokens: what they are decoded to must be the bytes of their ids.
    /// - Throws: `malformed` if these rules are broken.
    package init(
        tokens: [[UInt8]],
        merges: [(left: TokenID, right: TokenID)],
        addedTokens: [AddedToken],
        preTokenizer: PreTokenizer,
        takesWholePieces: Bool = false,
        normalizer: Normalizer = .none,
        unknown: UnknownBytes = UnknownBytes(),
        frame: Frame = Frame()
    ) throws {
        let added = addedTokens.sorted { ($0.id, $0.text) < ($1.id, $1.text) }
        try Self.check(added, tokens, normalizer)
        try Self.check(frame.prefix + frame.suffix + (unknown.token.map { [$0] } ?? []), tokens)
        var (table, ids) = try Self.table(tokens, added: Set(added.map(\.id)))
        self.normalizer = normalizer
        self.unknown = unknown
        self.frame = frame
        self.preTokenizer = preTokenizer
        self.addedTokens = added
        self.takesWholePieces = takesWholePieces
        vocabularySize = tokens.count
        byteTokens = try ByteTokens(unknown) { table.find($0).map { ids[$0] } }
        self.merges = merges.map { PairTable.key($0.left, $0.right) }
        mergeTable = try Self.mergeTable(merges, tokens, added, &table, &ids)
        addedTokenFinder = AddedTokenFinder(added.filter { !$0.isNormalized }, normalizer)
        normalizedTokenFinder = AddedTokenFinder(added.filter(\.isNormalized), normalizer)
        addedByText = Dictionary(added.map { ($0.text, $0.id) }) { first, _ in first }
        addedByID = Dictionary(added.map { ($0.id, $0) }) { first, _ in first }
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
    package var specialTokens: [String: TokenID] { addedByText.filter { isSpecial($0.value) } }

    package func isSpecial(_ id: TokenID) -> Bool { addedByID[id]?.isSpecial ?? false }

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
