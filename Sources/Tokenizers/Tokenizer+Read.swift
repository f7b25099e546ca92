import Common
package import Foundation

/// Reading the Hugging Face form, `tokenizer.json`.
extension Tokenizer {
    /// The most tokens of a vocabulary: ids are checked against it before memory is taken for them.
    package static let greatestSize = 1 << 22

    /// Reads `tokenizer.json` in a model folder.
    ///
    /// - Throws: `file`, `malformed` if it is damaged, `unsupported` if it needs a stage that is not built in.
    package init(folder: URL) throws {
        let url = folder.appendingPathComponent(Self.fileName)
        try self.init(json: MappedFile(url).data(), name: url.path)
    }

    /// Reads the text of a `tokenizer.json`. A post-processor is not applied: `encode` never adds tokens of its own.
    ///
    /// - Parameter name: what the text is, for the error.
    package init(json: Data, name: String = "tokenizer.json") throws {
        do {
            try json.withUnsafeBytes { _ = try JSONLimits().check($0, name: name) }
            self = try Self.read(JSONDecoder().decode(TokenizerFile.self, from: json))
        } catch let error as CinnabarError {
            throw CinnabarError(error.code, "\(name): \(error.message)", hint: error.hint, cause: error.cause)
        } catch {
            throw CinnabarError(.malformed, "\(name): \(JSONLimits.explain(error))")
        }
    }

    private static func read(_ file: TokenizerFile) throws -> Tokenizer {
        try checkStages(file)
        let preTokenizer = try preTokenizer(file.preTokenizer)
        let added = try (file.addedTokens ?? []).map(addedToken)
        var tokens: [[UInt8]] = []
        let addedTexts = Dictionary(added.map { ($0.text, $0.id) }) { first, _ in first }
        for (text, number) in file.model.vocabulary {
            let id = try tokenID(number, text)
            let isAdded = addedTexts[text] == id
            guard let bytes = isAdded ? Array(text.utf8) : ByteAlphabet.bytes(of: text), !bytes.isEmpty else {
                throw CinnabarError(.malformed, "token \(id) '\(text.prefix(40))' is not spelled in the byte alphabet")
            }
            try place(bytes, id, in: &tokens)
        }
        for token in added where file.model.vocabulary[token.text] == nil {
            try place(Array(token.text.utf8), token.id, in: &tokens)
        }
        return try Tokenizer(
            tokens: tokens,
            merges: merges(file.model),
            addedTokens: added,
            preTokenizer: preTokenizer,
            takesWholePieces: file.model.ignoreMerges ?? false
        )
    }

    private static func place(_ bytes: [UInt8], _ id: TokenID, in tokens: inout [[UInt8]]) throws {
        while tokens.count <= Int(id) { tokens.append([]) }
        guard tokens[Int(id)].isEmpty else {
            throw CinnabarError(.malformed, "two tokens have the id \(id)")
        }
        tokens[Int(id)] = bytes
    }

    private static func merges(_ model: TokenizerFile.Model) throws -> [(left: TokenID, right: TokenID)] {
        try model.merges.enumerated().map { rank, merge in
            guard let left = model.vocabulary[merge.left], let right = model.vocabulary[merge.right] else {
                throw CinnabarError(
                    .malformed,
                    "merge \(rank) joins '\(merge.left.prefix(40))' and '\(merge.right.prefix(40))', not both tokens"
                )
            }
            return (try tokenID(left, merge.left), try tokenID(right, merge.right))
        }
    }

    private static func tokenID(_ number: Int, _ text: String) throws -> TokenID {
        guard (0..<greatestSize).contains(number) else {
            throw CinnabarError(
                .malformed,
                "token '\(text.prefix(40))' has the id \(number), expected 0 to \(greatestSize - 1)"
            )
        }
        return TokenID(number)
    }

    private static func addedToken(_ token: TokenizerFile.Added) throws -> AddedToken {
        guard token.lstrip != true, token.rstrip != true, token.singleWord != true else {
            throw CinnabarError(
                .unsupported,
                "added token '\(token.content.prefix(40))' has lstrip, rstrip or single_word, which are not supported"
            )
        }
        return AddedToken(
            id: try tokenID(token.id, token.content),
            text: token.content,
            isSpecial: token.special ?? false
        )
    }

    private static func checkStages(_ file: TokenizerFile) throws {
        if let normalizer = file.normalizer {
            throw CinnabarError(.unsupported, "the normalizer '\(normalizer.type)' is not supported")
        }
        if let decoder = file.decoder, decoder.type != "ByteLevel" {
            throw CinnabarError(.unsupported, "the decoder '\(decoder.type)' is not supported, only 'ByteLevel'")
        }
        guard file.model.dropout ?? 0 == 0 else {
            throw CinnabarError(.unsupported, "merges with dropout are not supported")
        }
        guard file.model.prefix ?? "" == "", file.model.suffix ?? "" == "" else {
            throw CinnabarError(.unsupported, "prefixes and suffixes of sub-words are not supported")
        }
    }

    private static func preTokenizer(_ component: TokenizerFile.Component?) throws -> PreTokenizer {
        guard let component else {
            throw CinnabarError(.unsupported, "a tokenizer without a pre_tokenizer is not supported")
        }
        var parts = component.type == "Sequence" ? component.parts ?? [] : [component]
        guard let last = parts.popLast(), last.type == "ByteLevel" else {
            throw CinnabarError(.unsupported, "the pre_tokenizer '\(component.type)' does not end in 'ByteLevel'")
        }
        guard last.addPrefixSpace == false else {
            throw CinnabarError(.unsupported, "the pre_tokenizer 'ByteLevel' with add_prefix_space is not supported")
        }
        let usesPattern = last.usesPattern ?? true
        if parts.isEmpty, usesPattern { return .gpt2 }
        guard parts.count == 1, !usesPattern, parts[0].type == "Split", parts[0].behavior == "Isolated",
            parts[0].invert != true, let pattern = parts[0].pattern?["Regex"]
        else {
            let names = (parts + [last]).map(\.type).joined(separator: ", ")
            throw CinnabarError(.unsupported, "the pre_tokenizer '\(component.type)' of \(names) is not supported")
        }
        guard let known = PreTokenizer.allCases.first(where: { $0.pattern == pattern }) else {
            throw CinnabarError(
                .unsupported,
                "the pre_tokenizer 'Split' has a pattern that is not built in: \(pattern.prefix(200))"
            )
        }
        return known
    }
}
