/// What the patterns of pre-tokenizers tell apart.
enum CharacterKind: UInt8, Sendable {
    /// `\p{L}`
    case letter
    /// `\p{N}`
    case number
    /// `[\r\n]`
    case newline
    /// `\s` but for line ends: Unicode's White_Space
    case space
    /// All others, and each byte that is not part of valid UTF-8.
    case sign

    var isWhiteSpace: Bool { self == .newline || self == .space }
}

/// The kind of every character, by a table for the planes that have scripts and emoji in them.
struct CharacterKinds: Sendable {
    static let shared = CharacterKinds()

    private static let tableSize = 0x20000
    private let table: [CharacterKind]

    private init() {
        table = (0..<UInt32(Self.tableSize)).map { Unicode.Scalar($0).map(Self.kind) ?? .sign }
    }

    /// The kind of the character at `index` and where the next one begins.
    @inline(__always)
    func read(_ index: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> (CharacterKind, next: Int) {
        if bytes[index] < 0x80 { return (table[Int(bytes[index])], index + 1) }
        guard let (scalar, next) = UTF8Reader.scalar(at: index, in: bytes) else { return (.sign, index + 1) }
        return (scalar.value < Self.tableSize ? table[Int(scalar.value)] : Self.kind(scalar), next)
    }

    private static func kind(_ scalar: Unicode.Scalar) -> CharacterKind {
        if scalar == "\n" || scalar == "\r" { return .newline }
        if scalar.properties.isWhitespace { return .space }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            return scalar.isKnown(to: .matching) ? .letter : .sign
        case .decimalNumber, .letterNumber, .otherNumber: return scalar.isKnown(to: .matching) ? .number : .sign
        default: return .sign
        }
    }
}

/// The edition of Unicode that a part of the `tokenizers` package (0.23) knows. Later characters are unassigned to it,
/// so that they must be to us: a model has been trained on what the package made of them.
enum UnicodeEdition: UInt16 {
    /// Oniguruma's and the regex crate's classes.
    case matching = 0x1000
    /// unicode-normalization-alignments, a fork of 2019.
    case normalization = 0x0900
}

extension Unicode.Scalar {
    func isKnown(to edition: UnicodeEdition) -> Bool {
        guard let age = properties.age else { return false }
        return UInt16(clamping: age.major) << 8 | UInt16(clamping: age.minor) <= edition.rawValue
    }

    /// `\w` of Unicode's regular expressions (UTS 18, annex C).
    var isWordCharacter: Bool {
        guard isKnown(to: .matching) else { return false }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return properties.isAlphabetic || properties.isJoinControl
        }
    }
}
