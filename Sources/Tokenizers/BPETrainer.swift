import Common

/// Learns the merges of a byte-level byte-pair encoding from documents.
///
///     var trainer = BPETrainer(vocabularySize: 4096)
///     for document in documents { trainer.add(document) }
///     let tokenizer = try trainer.train()
///
/// The most frequent pair of neighbours is merged, among equals the greater pair of byte strings, until the vocabulary
/// is full. The result depends on the multiset of pieces only. Source: Sennrich et al. 2016, section 3.2.
package struct BPETrainer: Sendable {
    package let vocabularySize: Int
    package let specialTokens: [String]
    package let preTokenizer: PreTokenizer
    /// A pair that is rarer is not merged, so that the vocabulary may stay smaller.
    package let minimumCount: Int

    /// A longer piece is no language (base64, a run of one letter) and would cost its length at every merge: not counted.
    package static let longestPiece = 1024

    /// Every distinct piece and how often it came.
    private var pieces = BytesTable()
    private var counts: [Int] = []

    /// - Parameters:
    ///   - vocabularySize: special tokens, 256 bytes and merges; at most 2^22.
    ///   - specialTokens: texts, which get the ids from 0; the bytes follow, then the merges.
    /// - Throws: `invalidArgument` if the size has no room for the bytes and special tokens.
    package init(
        vocabularySize: Int,
        specialTokens: [String] = SpecialToken.texts,
        preTokenizer: PreTokenizer = .code,
        minimumCount: Int = 2
    ) throws {
        let least = specialTokens.count + 256
        guard (least...Tokenizer.greatestSize).contains(vocabularySize) else {
            throw CinnabarError(
                .invalidArgument,
                "a vocabulary of \(vocabularySize) tokens, expected \(least) (256 bytes, \(specialTokens.count) special "
                    + "tokens) to \(Tokenizer.greatestSize)"
            )
        }
        guard specialTokens.allSatisfy({ !$0.isEmpty }), Set(specialTokens).count == specialTokens.count else {
            throw CinnabarError(.invalidArgument, "the special tokens have an empty or a repeated text")
        }
        self.vocabularySize = vocabularySize
        self.specialTokens = specialTokens
        self.preTokenizer = preTokenizer
        self.minimumCount = max(1, minimumCount)
    }

    /// The number of distinct pieces so far.
    package var pieceCount: Int { counts.count }

    /// Counts the pieces of a document. O(length).
    package mutating func add(_ document: [UInt8]) {
        document.withUnsafeBufferPointer { add($0) }
    }

    /// Counts the pieces of a document. O(length).
    package mutating func add(_ document: UnsafeBufferPointer<UInt8>) {
        preTokenizer.forEachPiece(document) { range in
            guard range.count <= Self.longestPiece else { return }
            let piece = pieces.insert(UnsafeBufferPointer(rebasing: document[range]))
            if piece == counts.count { counts.append(1) } else { counts[piece] += 1 }
        }
    }

    /// Counts the pieces of many documents and learns from them.
    package mutating func train(on documents: some Sequence<[UInt8]>) throws -> Tokenizer {
        for document in documents { add(document) }
        return try train()
    }

    /// Learns the merges. Cost: the pieces, plus for each merge the pieces that contain its pair.
    package func train() throws -> Tokenizer {
        let added = specialTokens.enumerated().map { Tokenizer.AddedToken(id: TokenID($0), text: $1) }
        let special = added.map { $0.decoded(.none) }
        let base = special + (UInt8.min...UInt8.max).map { [$0] }
        var learner = MergeLearner(tokens: base, firstByte: TokenID(special.count))
        for piece in 0..<pieces.count { learner.add(pieces[piece], count: counts[piece]) }
        learner.learn(size: vocabularySize, minimumCount: minimumCount)
        return try Tokenizer(
            tokens: learner.tokens,
            merges: learner.merges,
            addedTokens: added,
            preTokenizer: preTokenizer
        )
    }
}
