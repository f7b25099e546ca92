package import Common

/// The tokenizer that a GGUF file holds, as plain arrays with its keys' meanings.
package struct StoredVocabulary: Sendable {
    /// `tokenizer.ggml.tokens`, in order of their ids.
    package var tokens: [String]
    /// `tokenizer.ggml.token_type`, one for each token; empty if all are ordinary.
    package var types: [Int]
    /// `tokenizer.ggml.merges`: `"left right"`, in order of rank.
    package var merges: [String]
    /// `tokenizer.ggml.pre`: the name of the pre-tokenizer.
    package var pre: String
    /// The token before a text: `add_bos_token` and `bos_token_id`.
    package var addBos: Bool
    package var bos: TokenID?
    /// The token behind a text: `add_eos_token` and `eos_token_id`.
    package var addEos: Bool
    package var eos: TokenID?
    /// `unknown_token_id`: what a byte becomes that is no token.
    package var unknown: TokenID?

    package init(
        tokens: [String],
        types: [Int] = [],
        merges: [String],
        pre: String,
        addBos: Bool = false,
        bos: TokenID? = nil,
        addEos: Bool = false,
        eos: TokenID? = nil,
        unknown: TokenID? = nil
    ) {
        self.tokens = tokens
        self.types = types
        self.merges = merges
        self.pre = pre
        self.addBos = addBos
        self.bos = bos
        self.addEos = addEos
        self.eos = eos
        self.unknown = unknown
    }

    /// What a name of `pre` stands for. The normaliser is the one that the models were trained with, though no key of the
    /// file says so.
    static let kinds: [Kind] = [
        Kind(["qwen2", "deepseek-r1-qwen"], .qwen2, .nfc),
        Kind(["llama-bpe", "llama3", "llama-v3"], .llama3, .none, takesWholePieces: true),
        Kind(["gpt-2", "default"], .gpt2, .none),
        Kind(["llada-moe", "bailingmoe", "bailingmoe2"], .llada2, .nfc),
        Kind(["smollm", "starcoder"], .smollm, .none),
    ]

    struct Kind: Sendable {
        /// Names of `pre`, the usual one first.
        let names: [String]
        let preTokenizer: PreTokenizer
        let normalizer: Normalizer
        let takesWholePieces: Bool

        init(_ names: [String], _ pre: PreTokenizer, _ normalizer: Normalizer, takesWholePieces: Bool = false) {
            (self.names, preTokenizer, self.normalizer) = (names, pre, normalizer)
            self.takesWholePieces = takesWholePieces
        }
    }
}

extension Tokenizer {
    /// A tokenizer from the vocabulary of a GGUF file.
    ///
    /// - Throws: `unsupported` for a name of `pre` that is not known, `malformed` if the arrays do not fit each other.
    package init(_ vocabulary: StoredVocabulary) throws {
        guard let kind = StoredVocabulary.kinds.first(where: { $0.names.contains(vocabulary.pre) }) else {
            throw CinnabarError(
                .unsupported,
                "the pre-tokenizer '\(vocabulary.pre.prefix(100))' is not built in",
                hint: "known are " + StoredVocabulary.kinds.flatMap(\.names).sorted().joined(separator: ", ")
            )
        }
        guard vocabulary.tokens.count <= Self.greatestSize else {
            throw CinnabarError(
                .malformed,
                "a vocabulary of \(vocabulary.tokens.count) tokens, expected at most \(Self.greatestSize)"
            )
        }
        guard vocabulary.types.isEmpty || vocabulary.types.count == vocabulary.tokens.count else {
            throw CinnabarError(
                .malformed,
                "\(vocabulary.types.count) token types for \(vocabulary.tokens.count) tokens"
            )
        }
        var texts = BytesTable(minimumCapacity: vocabulary.tokens.count)
        var ids: [TokenID] = []
        var added: [AddedToken] = []
        var tokens: [[UInt8]] = []
        for (index, text) in vocabulary.tokens.enumerated() {
            let type = vocabulary.types.isEmpty ? 1 : vocabulary.types[index]
            let token = AddedToken(id: TokenID(index), text: text, isSpecial: type != 4)
            // Ordinary and byte; unknown, control and the user's own; unused ones have no bytes.
            switch type {
            case 1, 6: tokens.append(ByteAlphabet.bytes(of: text) ?? Array(text.utf8))
            case 2, 3, 4:
                tokens.append(token.decoded(kind.normalizer))
                added.append(token)
            default: tokens.append([])
            }
            guard type == 5 || !tokens[index].isEmpty else {
                throw CinnabarError(
                    .malformed,
                    "token \(index) '\(text.prefix(40))' of type \(type) is empty or of no known type"
                )
            }
            if texts.insert(Array(text.utf8)) == ids.count { ids.append(TokenID(index)) }
        }
        func named(_ isAdded: Bool, _ id: TokenID?, _ name: String) throws -> [TokenID] {
            guard isAdded else { return [] }
            guard let id else { throw CinnabarError(.malformed, "a \(name) token is to be added, but has no id") }
            return [id]
        }
        try self.init(
            tokens: tokens,
            merges: vocabulary.merges.enumerated().map { rank, merge in
                let halves = merge.split(separator: " ", omittingEmptySubsequences: false)
                    .map { texts.find(Array($0.utf8)) }
                guard halves.count == 2, let left = halves[0], let right = halves[1] else {
                    throw CinnabarError(.malformed, "merge \(rank), '\(merge.prefix(80))', does not join two tokens")
                }
                return (ids[left], ids[right])
            },
            addedTokens: added,
            preTokenizer: kind.preTokenizer,
            takesWholePieces: kind.takesWholePieces,
            normalizer: kind.normalizer,
            unknown: UnknownBytes(token: vocabulary.unknown),
            frame: Frame(
                prefix: named(vocabulary.addBos, vocabulary.bos, "begin"),
                suffix: named(vocabulary.addEos, vocabulary.eos, "end")
            )
        )
    }
}
