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

    /// Reads the text of a `tokenizer.json`. Truncation and padding are the caller's and not read.
    ///
    /// - Parameter name: what the text is, for the error.
    package init(json: Data, name: String = "tokenizer.json") throws {
        do {
            self = try json.withUnsafeBytes {
                try JSONLimits().check($0, name: name)
                return try Self.read(TokenizerFile(json: $0.bindMemory(to: UInt8.self)))
            }
        } catch let error as CinnabarError {
            throw CinnabarError(error.code, "\(name): \(error.message)", hint: error.hint, cause: error.cause)
        }
    }

    private static func read(_ file: TokenizerFile) throws -> Tokenizer {
        let normalizer = try normalizer(file.normalizer)
        let preTokenizer = try preTokenizer(file.preTokenizer)
        try checkDecoder(file.decoder)
        try checkModel(file.model.options)
        let added = try file.addedTokens.map(addedToken)
        return try Tokenizer(
            tokens: tokens(file.model, added, normalizer),
            merges: merges(file.model),
            addedTokens: added,
            preTokenizer: preTokenizer,
            takesWholePieces: file.model.options.flag("ignore_merges") ?? false,
            normalizer: normalizer,
            unknown: unknown(file.model),
            frame: frame(file.postProcessor)
        )
    }

    /// The bytes of each id.
    private static func tokens(
        _ model: TokenizerFile.Model,
        _ added: [AddedToken],
        _ normalizer: Normalizer
    ) throws -> [[UInt8]] {
        var tokens = [[UInt8]](repeating: [], count: Int(model.ids.max() ?? -1) + 1)
        func place(_ bytes: [UInt8], _ id: TokenID) throws {
            while tokens.count <= Int(id) { tokens.append([]) }
            guard tokens[Int(id)].isEmpty else { throw CinnabarError(.malformed, "two tokens have the id \(id)") }
            tokens[Int(id)] = bytes
        }
        let addedByID = Dictionary(added.map { ($0.id, $0) }) { first, _ in first }
        for (entry, id) in model.ids.enumerated() {
            let text = String(decoding: model.texts[entry], as: UTF8.self)
            let addedToken = addedByID[id].flatMap { $0.text == text ? $0 : nil }
            guard let bytes = addedToken?.decoded(normalizer) ?? ByteAlphabet.bytes(of: text), !bytes.isEmpty else {
                throw CinnabarError(.malformed, "token \(id) '\(text.prefix(40))' is not spelled in the byte alphabet")
            }
            try place(bytes, id)
        }
        for token in added where model.id(of: token.text) == nil {
            try place(token.decoded(normalizer), token.id)
        }
        return tokens
    }

    private static func merges(_ model: TokenizerFile.Model) throws -> [(left: TokenID, right: TokenID)] {
        try model.merges.enumerated().map { rank, merge in
            guard let left = model.id(of: merge.left), let right = model.id(of: merge.right) else {
                throw CinnabarError(
                    .malformed,
                    "merge \(rank) joins '\(merge.left.prefix(40))' and '\(merge.right.prefix(40))', not both tokens"
                )
            }
            return (left, right)
        }
    }
}
