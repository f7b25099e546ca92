import Common
import Foundation

/// The parts of a `tokenizer.json` that matter here, with the names of the format.
struct TokenizerFile: Decodable {
    var addedTokens: [Added]?
    var normalizer: Component?
    var preTokenizer: Component?
    var decoder: Component?
    var model: Model

    enum CodingKeys: String, CodingKey {
        case addedTokens = "added_tokens"
        case normalizer
        case preTokenizer = "pre_tokenizer"
        case decoder
        case model
    }

    struct Added: Decodable {
        var id: Int
        var content: String
        var special: Bool?
        var singleWord: Bool?
        var lstrip: Bool?
        var rstrip: Bool?

        enum CodingKeys: String, CodingKey {
            case id, content, special, lstrip, rstrip
            case singleWord = "single_word"
        }
    }

    /// A stage of the pipeline; the fields beside the type are read only where they are understood.
    struct Component: Decodable {
        var type: String
        var addPrefixSpace: Bool?
        var usesPattern: Bool?
        var pattern: [String: String]?
        var behavior: String?
        var invert: Bool?
        var parts: [Component]?

        enum CodingKeys: String, CodingKey {
            case type, pattern, behavior, invert
            case addPrefixSpace = "add_prefix_space"
            case usesPattern = "use_regex"
            case parts = "pretokenizers"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            type = try container.decode(String.self, forKey: .type)
            switch type {
            case "ByteLevel":
                addPrefixSpace = try container.decodeIfPresent(Bool.self, forKey: .addPrefixSpace)
                usesPattern = try container.decodeIfPresent(Bool.self, forKey: .usesPattern)
            case "Split":
                pattern = try container.decode([String: String].self, forKey: .pattern)
                behavior = try container.decode(String.self, forKey: .behavior)
                invert = try container.decodeIfPresent(Bool.self, forKey: .invert)
            case "Sequence": parts = try container.decodeIfPresent([Component].self, forKey: .parts)
            default: break
            }
        }
    }

    struct Model: Decodable {
        var type: String?
        var dropout: Double?
        var prefix: String?
        var suffix: String?
        var ignoreMerges: Bool?
        var vocabulary: [String: Int]
        var merges: [Merge]

        enum CodingKeys: String, CodingKey {
            case type, dropout, merges
            case prefix = "continuing_subword_prefix"
            case suffix = "end_of_word_suffix"
            case ignoreMerges = "ignore_merges"
            case vocabulary = "vocab"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            type = try container.decodeIfPresent(String.self, forKey: .type)
            // Other kinds of model hold their vocabulary in other ways.
            guard type ?? "BPE" == "BPE" else {
                throw CinnabarError(.unsupported, "the tokenizer's model is '\(type ?? "")', only 'BPE' is supported")
            }
            dropout = try container.decodeIfPresent(Double.self, forKey: .dropout)
            prefix = try container.decodeIfPresent(String.self, forKey: .prefix)
            suffix = try container.decodeIfPresent(String.self, forKey: .suffix)
            ignoreMerges = try container.decodeIfPresent(Bool.self, forKey: .ignoreMerges)
            vocabulary = try container.decode([String: Int].self, forKey: .vocabulary)
            merges = try container.decode([Merge].self, forKey: .merges)
        }
    }

    /// `"left right"` in old files, `["left", "right"]` in new ones.
    struct Merge: Decodable {
        var left: String
        var right: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let parts: [String]
            if let text = try? container.decode(String.self) {
                parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            } else {
                parts = try container.decode([String].self)
            }
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "a merge has not two halves")
            }
            (left, right) = (parts[0], parts[1])
        }
    }
}
