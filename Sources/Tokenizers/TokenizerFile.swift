import Common

/// The parts of a `tokenizer.json` that matter here, with the names of the format.
struct TokenizerFile {
    var addedTokens: [JSONValue] = []
    var normalizer: JSONValue?
    var preTokenizer: JSONValue?
    var postProcessor: JSONValue?
    var decoder: JSONValue?
    var model = Model()

    struct Model {
        /// All but the vocabulary and the merges.
        var options = JSONValue.null
        /// The texts of the tokens, and the id of each.
        var texts = BytesTable()
        var ids: [TokenID] = []
        var merges: [(left: String, right: String)] = []

        func id(of text: String) -> TokenID? {
            var text = text
            return text.withUTF8 { texts.find($0) }.map { ids[$0] }
        }
    }

    /// O(length). The nesting must have been checked.
    init(json: UnsafeBufferPointer<UInt8>) throws {
        var parser = JSONParser(json)
        var members: [String: JSONValue] = [:]
        var model: Model?
        try parser.object { parser, key in
            if key == "model" {
                model = try Model(&parser)
            } else {
                members[key] = try parser.value()
            }
        }
        try parser.end()
        guard let model else { throw CinnabarError(.malformed, "no key 'model'") }
        self.model = model
        let file = JSONValue.members(members)
        if let added = file["added_tokens"] {
            guard let tokens = added.array else {
                throw CinnabarError(.malformed, "'added_tokens' is not an array")
            }
            addedTokens = tokens
        }
        normalizer = file["normalizer"]
        preTokenizer = file["pre_tokenizer"]
        postProcessor = file["post_processor"]
        decoder = file["decoder"]
    }
}

extension TokenizerFile.Model {
    fileprivate init(_ parser: inout JSONParser) throws {
        var members: [String: JSONValue] = [:]
        var found: Set<String> = []
        var model = Self()
        try parser.object { parser, key in
            found.insert(key)
            switch key {
            case "vocab": try model.readVocabulary(&parser)
            case "merges": try model.readMerges(&parser)
            default:
                members[key] = try parser.value()
                // Other kinds of model hold their vocabulary in other ways.
                if key == "type", let type = members[key]?.text, type != "BPE" {
                    throw CinnabarError(.unsupported, "the tokenizer's model is '\(type)', only 'BPE' is supported")
                }
            }
        }
        for key in ["vocab", "merges"] where !found.contains(key) {
            throw CinnabarError(.malformed, "the model has no '\(key)'")
        }
        model.options = .members(members)
        self = model
    }

    private mutating func readVocabulary(_ parser: inout JSONParser) throws {
        try parser.object { parser, text in
            let number = try parser.integer()
            guard (0..<Tokenizer.greatestSize).contains(number) else {
                throw parser.error("the id \(number), expected 0 to \(Tokenizer.greatestSize - 1)")
            }
            var text = text
            guard text.withUTF8({ texts.insert($0) }) == ids.count else {
                throw parser.error("the token is there twice")
            }
            ids.append(TokenID(number))
        }
    }

    /// `"left right"` in old files, `["left", "right"]` in new ones.
    private mutating func readMerges(_ parser: inout JSONParser) throws {
        try parser.array { parser in
            var halves: [Substring] = []
            if parser.peek() == UInt8(ascii: "\"") {
                halves = try parser.string().split(separator: " ", omittingEmptySubsequences: false)
            } else {
                try parser.array { parser in halves.append(Substring(try parser.string())) }
            }
            guard halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty else {
                throw parser.error("a merge has not two halves")
            }
            merges.append((String(halves[0]), String(halves[1])))
        }
    }
}
