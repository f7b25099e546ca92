import Common

/// The vocabulary that a GGUF file carries, as the file has it: byte-level BPE (`tokenizer.ggml.model` is `gpt2`).
package struct GGUFVocabulary: Sendable {
    /// What a token is for.
    ///
    /// Source: `enum llama_token_type`.
    package enum Kind: Int, Sendable {
        case normal = 1
        case unknown, control, userDefined, unused, byte
    }

    /// Text of each token, by id. Normal ones are in the alphabet of byte-level BPE, one character for each byte.
    package let tokens: [String]
    /// As many as ``tokens``.
    package let kinds: [Kind]
    /// Two tokens with a space between them, most frequent first.
    package let merges: [String]
    /// Name of the pattern that splits text into words: `qwen2`, `llama-bpe`.
    package let pattern: String?
    /// Ids of special tokens: `bos`, `eos`, `mask`, `padding`, … for the keys `tokenizer.ggml.bos_token_id`, ….
    package let special: [String: Int]
    /// Whether text begins with `bos` or ends with `eos`; nil where the file does not say.
    package let addsBOS: Bool?
    package let addsEOS: Bool?
    /// A Jinja template.
    package let chatTemplate: String?

    private static let prefix = "tokenizer.ggml."

    /// Checks that the parts fit each other. Cost: a pass over the vocabulary.
    ///
    /// - Throws: `unsupported` for other kinds of vocabularies, `malformed` for parts that do not fit.
    package init(_ metadata: GGUFMetadata) throws {
        let model = try metadata.required(Self.prefix + "model", as: String.self)
        guard model == "gpt2" else {
            throw CinnabarError(
                .unsupported,
                "\(metadata.path) has a vocabulary of the kind '\(model)', expected 'gpt2'",
                hint: "use the tokenizer.json of the model that it was converted from"
            )
        }
        let tokens = try metadata.required(Self.prefix + "tokens", as: [String].self)
        let numbers =
            try metadata.value(Self.prefix + "token_type", as: [Int].self)
            ?? Array(repeating: Kind.normal.rawValue, count: tokens.count)
        guard numbers.count == tokens.count else {
            throw CinnabarError(
                .malformed,
                "\(metadata.path) has \(tokens.count) tokens, but \(numbers.count) token types"
            )
        }
        self.kinds = try numbers.enumerated().map { id, number in
            guard let kind = Kind(rawValue: number) else {
                throw CinnabarError(
                    .malformed,
                    "token \(id) in \(metadata.path) is of type \(number), known are 1 to 6"
                )
            }
            return kind
        }
        self.tokens = tokens
        self.merges = try metadata.required(Self.prefix + "merges", as: [String].self)
        self.special = try Self.special(metadata, tokens: tokens.count)
        self.pattern = try metadata.value(Self.prefix + "pre")
        self.addsBOS = try metadata.value(Self.prefix + "add_bos_token")
        self.addsEOS = try metadata.value(Self.prefix + "add_eos_token")
        self.chatTemplate = try metadata.value("tokenizer.chat_template")
    }

    private static func special(_ metadata: GGUFMetadata, tokens: Int) throws -> [String: Int] {
        let suffix = "_token_id"
        var special: [String: Int] = [:]
        for key in metadata.keys where key.hasPrefix(prefix) && key.hasSuffix(suffix) {
            let id = try metadata.required(key, as: Int.self)
            guard 0..<tokens ~= id else {
                throw CinnabarError(
                    .malformed,
                    "metadata key '\(key)' in \(metadata.path) is \(id), expected a token below \(tokens)"
                )
            }
            special[String(key.dropFirst(prefix.count).dropLast(suffix.count))] = id
        }
        return special
    }
}
