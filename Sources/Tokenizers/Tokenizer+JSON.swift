import Common
package import Foundation

/// Writing the Hugging Face form, `tokenizer.json`.
extension Tokenizer {
    /// The name of the file in a model folder.
    package static let fileName = "tokenizer.json"

    /// Writes `tokenizer.json` into a folder that exists; an old one is replaced whole or not at all.
    package func write(to folder: URL) throws {
        try AtomicFile.write(jsonData(), to: folder.appendingPathComponent(Self.fileName))
    }

    /// The text of a `tokenizer.json` that the `tokenizers` package reads and encodes with identically. Its key order and
    /// layout are fixed, so that equal tokenizers give equal files.
    package func jsonData() throws -> Data {
        let added = try addedTokens.map { token in
            #"    {"id": \#(token.id), "content": \#(try Self.quote(token.text)), "single_word": false, "lstrip": false, "#
                + #""rstrip": false, "normalized": false, "special": \#(token.isSpecial)}"#
        }
        let texts = Dictionary(addedTokens.map { ($0.id, $0.text) }) { first, _ in first }
        let vocabulary = try (0..<TokenID(vocabularySize)).compactMap { id -> String? in
            let bytes = bytes(ofToken: id)
            guard !bytes.isEmpty else { return nil }
            return "      \(try Self.quote(texts[id] ?? ByteAlphabet.spell(bytes))): \(id)"
        }
        let merges = try merges.map { merge in
            let (left, right) = PairTable.pair(merge)
            return "      [\(try Self.quote(ByteAlphabet.spell(bytes(ofToken: left)))), "
                + "\(try Self.quote(ByteAlphabet.spell(bytes(ofToken: right))))]"
        }
        let text = """
            {
              "version": "1.0",
              "truncation": null,
              "padding": null,
              "added_tokens": [\(Self.lines(added, indent: "  "))],
              "normalizer": null,
              "pre_tokenizer": \(try preTokenizerJSON()),
              "post_processor": null,
              "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false},
              "model": {
                "type": "BPE",
                "dropout": null,
                "unk_token": null,
                "continuing_subword_prefix": null,
                "end_of_word_suffix": null,
                "fuse_unk": false,
                "byte_fallback": false,
                "ignore_merges": \(takesWholePieces),
                "vocab": {\(Self.lines(vocabulary, indent: "    "))},
                "merges": [\(Self.lines(merges, indent: "    "))]
              }
            }

            """
        return Data(text.utf8)
    }

    private func preTokenizerJSON() throws -> String {
        let bytes = #"{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": "#
        guard preTokenizer != .gpt2 else { return bytes + "true}" }
        return #"{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "#
            + (try Self.quote(preTokenizer.pattern)) + #"}, "behavior": "Isolated", "invert": false}, "# + bytes
            + "false}]}"
    }

    private static func lines(_ items: [String], indent: String) -> String {
        items.isEmpty ? "" : "\n" + items.joined(separator: ",\n") + "\n" + indent
    }

    private static func quote(_ text: String) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(text), as: UTF8.self)
    }
}
