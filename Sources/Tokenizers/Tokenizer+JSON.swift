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
            #"    {"id": \#(token.id), "content": \#(try Self.quote(token.text)), "single_word": \#(token.isWord), "#
                + #""lstrip": \#(token.stripsLeft), "rstrip": \#(token.stripsRight), "#
                + #""normalized": \#(token.isNormalized), "special": \#(token.isSpecial)}"#
        }
        let vocabulary = try (0..<TokenID(vocabularySize)).compactMap { id -> String? in
            bytes(ofToken: id).isEmpty ? nil : "      \(try Self.quote(spelling(of: id))): \(id)"
        }
        let merges = try merges.map { merge in
            let (left, right) = PairTable.pair(merge)
            return "      [\(try Self.quote(spelling(of: left))), \(try Self.quote(spelling(of: right)))]"
        }
        let text = """
            {
              "version": "1.0",
              "truncation": null,
              "padding": null,
              "added_tokens": [\(Self.lines(added, indent: "  "))],
              "normalizer": \(normalizer == .none ? "null" : #"{"type": "NFC"}"#),
              "pre_tokenizer": \(try preTokenizerJSON()),
              "post_processor": \(try postProcessorJSON()),
              "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false},
              "model": {
                "type": "BPE",
                "dropout": null,
                "unk_token": \(try unknown.token.map { try Self.quote(spelling(of: $0)) } ?? "null"),
                "continuing_subword_prefix": null,
                "end_of_word_suffix": null,
                "fuse_unk": \(unknown.isFused),
                "byte_fallback": \(unknown.fallsBackToBytes),
                "ignore_merges": \(takesWholePieces),
                "vocab": {\(Self.lines(vocabulary, indent: "    "))},
                "merges": [\(Self.lines(merges, indent: "    "))]
              }
            }

            """
        return Data(text.utf8)
    }

    /// A token as the vocabulary spells it.
    func spelling(of id: TokenID) -> String {
        addedByID[id]?.text ?? ByteAlphabet.spell(bytes(ofToken: id))
    }

    private func postProcessorJSON() throws -> String {
        guard frame != Frame() else { return "null" }
        func piece(_ id: TokenID) throws -> String {
            #"{"SpecialToken": {"id": \#(try Self.quote(spelling(of: id))), "type_id": 0}}"#
        }
        func sequence(_ name: String) throws -> [String] {
            try frame.prefix.map(piece) + [#"{"Sequence": {"id": "\#(name)", "type_id": 0}}"#] + frame.suffix.map(piece)
        }
        let tokens = try Set(frame.prefix + frame.suffix).sorted().map { id in
            let text = try Self.quote(spelling(of: id))
            return #"\#(text): {"id": \#(text), "ids": [\#(id)], "tokens": [\#(text)]}"#
        }
        let single = try sequence("A")
        return #"{"type": "TemplateProcessing", "single": [\#(single.joined(separator: ", "))], "#
            + #""pair": [\#((single + (try sequence("B"))).joined(separator: ", "))], "#
            + #""special_tokens": {\#(tokens.joined(separator: ", "))}}"#
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
