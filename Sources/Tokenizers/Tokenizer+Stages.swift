import Common

/// What the stages of a `tokenizer.json` mean; one that is not built in is refused, never left out.
extension Tokenizer {
    static func addedToken(_ token: JSONValue) throws -> AddedToken {
        guard let text = token["content"]?.text, let id = token["id"]?.integer, (0..<greatestSize).contains(id) else {
            throw CinnabarError(
                .malformed,
                "an added token has no content, or no id of 0 to \(greatestSize - 1): "
                    + "'\(token["content"]?.text?.prefix(40) ?? "")', \(token["id"]?.integer ?? -1)"
            )
        }
        let isSpecial = try token.flag("special") ?? false
        return AddedToken(
            id: TokenID(id),
            text: text,
            isSpecial: isSpecial,
            stripsLeft: try token.flag("lstrip") ?? false,
            stripsRight: try token.flag("rstrip") ?? false,
            isWord: try token.flag("single_word") ?? false,
            isNormalized: try token.flag("normalized") ?? !isSpecial
        )
    }

    static func normalizer(_ stage: JSONValue?) throws -> Normalizer {
        let stages = try stage?.stages("normalizers") ?? []
        if let other = stages.first(where: { $0.type != "NFC" }) {
            throw CinnabarError(.unsupported, "the normalizer '\(other.type)' is not supported, only 'NFC'")
        }
        return stages.isEmpty ? .none : .nfc
    }

    static func checkDecoder(_ stage: JSONValue?) throws {
        if let other = try stage?.stages("decoders").first(where: { $0.type != "ByteLevel" }) {
            throw CinnabarError(.unsupported, "the decoder '\(other.type)' is not supported, only 'ByteLevel'")
        }
    }

    static func checkModel(_ options: JSONValue) throws {
        if let dropout = options["dropout"], dropout != .integer(0), dropout != .number(0) {
            throw CinnabarError(.unsupported, "merges with dropout are not supported")
        }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] where options[key]?.text ?? "" != "" {
            throw CinnabarError(.unsupported, "prefixes and suffixes of sub-words are not supported")
        }
    }

    static func unknown(_ model: TokenizerFile.Model) throws -> UnknownBytes {
        let text = model.options["unk_token"]?.text
        let token = text.flatMap(model.id)
        if let text, token == nil {
            throw CinnabarError(.malformed, "the unknown token '\(text.prefix(40))' is not in the vocabulary")
        }
        return UnknownBytes(
            token: token,
            isFused: try model.options.flag("fuse_unk") ?? false,
            fallsBackToBytes: try model.options.flag("byte_fallback") ?? false
        )
    }

    static func preTokenizer(_ stage: JSONValue?) throws -> PreTokenizer {
        guard let stage else {
            throw CinnabarError(.unsupported, "a tokenizer without a pre_tokenizer is not supported")
        }
        var stages = try stage.stages("pretokenizers")
        guard let last = stages.popLast(), last.type == "ByteLevel" else {
            throw CinnabarError(.unsupported, "the pre_tokenizer '\(stage.type)' does not end in 'ByteLevel'")
        }
        guard try last.flag("add_prefix_space") == false else {
            throw CinnabarError(.unsupported, "the pre_tokenizer 'ByteLevel' with add_prefix_space is not supported")
        }
        switch (stages.first, try last.flag("use_regex") ?? true) {
        case (nil, true): return .gpt2
        case (let digits?, true) where stages.count == 1 && digits.type == "Digits":
            if try digits.flag("individual_digits") == true { return .smollm }
        case (let split?, false) where stages.count == 1 && split.type == "Split":
            let isInverted = try split.flag("invert") ?? false
            // What every pattern here matches is all of the text, so that nothing is left to remove.
            guard split["behavior"]?.text == "Isolated" || (split["behavior"]?.text == "Removed" && isInverted),
                let pattern = split["pattern"]?["Regex"]?.text
            else { break }
            return try preTokenizer(pattern: pattern)
        default: break
        }
        let names = (stages + [last]).map(\.type).joined(separator: ", ")
        throw CinnabarError(.unsupported, "the pre_tokenizer '\(stage.type)' of \(names) is not supported")
    }

    private static func preTokenizer(pattern: String) throws -> PreTokenizer {
        guard let known = PreTokenizer.allCases.first(where: { $0.pattern == pattern }) else {
            throw CinnabarError(
                .unsupported,
                "the pre_tokenizer 'Split' has a pattern that is not built in: \(pattern.prefix(1000))",
                hint: "known are the patterns of " + PreTokenizer.allCases.map(\.rawValue).joined(separator: ", ")
            )
        }
        return known
    }

    /// The tokens around a text, by the template for a single one.
    static func frame(_ stage: JSONValue?) throws -> Frame {
        var frame = Frame()
        for stage in try stage?.stages("processors") ?? [] {
            switch stage.type {
            case "ByteLevel": break  // It changes offsets only.
            case "TemplateProcessing":
                let (before, after) = try template(stage)
                frame.prefix = before + frame.prefix
                frame.suffix += after
            default:
                throw CinnabarError(
                    .unsupported,
                    "the post_processor '\(stage.type)' is not supported, only 'ByteLevel' and 'TemplateProcessing'"
                )
            }
        }
        return frame
    }

    private static func template(_ stage: JSONValue) throws -> (before: [TokenID], after: [TokenID]) {
        var parts: [[TokenID]] = [[]]
        for piece in stage["single"]?.array ?? [] {
            if let name = piece["SpecialToken"]?["id"]?.text {
                let ids = stage["special_tokens"]?[name]?["ids"]?.array?.map {
                    $0.integer.flatMap(TokenID.init(exactly:))
                }
                guard let ids, !ids.contains(nil) else {
                    throw CinnabarError(.malformed, "the template's token '\(name.prefix(40))' has no ids")
                }
                parts[parts.count - 1] += ids.compactMap(\.self)
            } else if piece["Sequence"]?["id"]?.text == "A" {
                parts.append([])
            } else {
                throw CinnabarError(.malformed, "a part of the template is neither a token nor the text")
            }
        }
        guard parts.count == 2 else {
            throw CinnabarError(.unsupported, "the template has the text \(parts.count - 1) times, expected once")
        }
        return (parts[0], parts[1])
    }
}
