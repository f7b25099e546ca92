import Common

extension StoredVocabulary {
    /// A tokenizer as a GGUF file holds it. What such a file cannot say is lost: that an added token strips white space
    /// around it or stands for a whole word.
    ///
    /// - Parameter size: of the network's vocabulary: ids beyond the tokenizer's are unused tokens.
    /// - Throws: `unsupported` for pieces that llama.cpp has no name for and for several tokens around a text.
    package init(_ tokenizer: Tokenizer, size: Int) throws {
        let kind = Self.kinds.first {
            $0.preTokenizer == tokenizer.preTokenizer && $0.normalizer == tokenizer.normalizer
                && $0.takesWholePieces == tokenizer.takesWholePieces
        }
        guard let kind else {
            throw CinnabarError(
                .unsupported,
                "llama.cpp has no name for the pre-tokenizer '\(tokenizer.preTokenizer)' of this tokenizer.json",
                hint: "write a folder instead"
            )
        }
        let frame = tokenizer.frame
        guard frame.prefix.count <= 1, frame.suffix.count <= 1 else {
            throw CinnabarError(.unsupported, "the tokenizer puts several tokens before or behind a text")
        }
        let added = Dictionary(tokenizer.addedTokens.map { ($0.id, $0) }) { first, _ in first }
        var tokens: [String] = []
        var types: [Int] = []
        for id in 0..<TokenID(max(size, tokenizer.vocabularySize)) {
            if let token = added[id] {
                tokens.append(token.text)
                types.append(token.isSpecial ? 3 : 4)
            } else if tokenizer.bytes(ofToken: id).isEmpty {
                tokens.append("[PAD\(id)]")
                types.append(5)
            } else {
                tokens.append(tokenizer.spelling(of: id))
                types.append(1)
            }
        }
        self.init(
            tokens: tokens,
            types: types,
            merges: tokenizer.mergePairs.map {
                "\(tokenizer.spelling(of: $0.left)) \(tokenizer.spelling(of: $0.right))"
            },
            pre: kind.names[0],
            addBos: !frame.prefix.isEmpty,
            bos: frame.prefix.first,
            addEos: !frame.suffix.isEmpty,
            eos: frame.suffix.first,
            unknown: tokenizer.unknown.token
        )
    }
}
