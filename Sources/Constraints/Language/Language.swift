/// A set of byte strings: what regular expressions, JSON Schemas and grammars are compiled to.
///
/// Text is UTF-8; a character outside ASCII is a sequence of bytes.
package indirect enum Language: Sendable, Hashable {
    /// No string at all.
    case nothing
    /// Exactly these bytes; none of them is the empty string.
    case bytes([UInt8])
    /// One byte of the set.
    case byte(ByteSet)
    /// A string of each, one behind the other.
    case sequence([Language])
    /// A string of any of them.
    case choice([Language])
    /// At least `minimum` and at most `maximum` strings of it, one behind the other; nil is no limit.
    case repetition(Language, minimum: Int, maximum: Int?)
    /// The strings that belong to all of them.
    case intersection([Language])
    /// All strings of bytes that do not belong to it. Its operand reaches no recursive rule.
    case complement(Language)
    /// A rule of the grammar, by its index.
    case rule(Int)
}

extension Language {
    /// The empty string.
    package static let empty = Language.bytes([])

    package static func text(_ text: String) -> Language { .bytes(Array(text.utf8)) }

    package static func optional(_ language: Language) -> Language {
        .repetition(language, minimum: 0, maximum: 1)
    }

    package static func star(_ language: Language) -> Language {
        .repetition(language, minimum: 0, maximum: nil)
    }
}
