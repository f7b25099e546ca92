/// How values are spelled in JSON.
///
/// A string's *canonical* spelling escapes the quotation mark, the backslash and control characters (the short form where
/// there is one, else four lower-case hexadecimal digits) and nothing else. A number's is decimal, without exponent, without
/// needless zeros. Where a schema says nothing about a string or a number, every spelling of RFC 8259 is generated; where
/// it does, the canonical ones.
package enum JSONText {
    /// The spelling of one scalar of the set inside of a string.
    static func scalar(_ set: ScalarSet) -> Language {
        let escaped = set.intersection(mustEscape).ranges.flatMap { $0 }
        return .either([
            .scalar(set.subtracting(mustEscape)),
            .literals(escaped.map { escape(UInt8($0)) }),
        ])
    }

    private static let mustEscape = ScalarSet([0...0x1F, 0x22...0x22, 0x5C...0x5C])

    private static func escape(_ byte: UInt8) -> [UInt8] {
        let short: [UInt8: Character] = [
            0x08: "b", 0x09: "t", 0x0A: "n", 0x0C: "f", 0x0D: "r", 0x22: "\"", 0x5C: "\\",
        ]
        if let letter = short[byte] { return Array("\\\(letter)".utf8) }
        return Array("\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8)
    }

    /// The canonical spelling of a string's inside.
    static func inside(_ text: some Sequence<UInt8>) -> [UInt8] {
        text.flatMap { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C ? escape($0) : [$0] }
    }

    /// Any scalar in canonical spelling.
    static let canonicalScalar = scalar(.all)

    /// Any scalar in any spelling; those outside the first plane as two escapes that belong together.
    static let anyScalar: Language = {
        let hex = ByteSet("0123456789abcdefABCDEF".utf8)
        func digits(_ text: String) -> Language { .byte(ByteSet(text.utf8)) }
        let two = Language.repetition(.byte(hex), minimum: 2, maximum: 2)
        let unpaired = Language.either([
            .joined([digits("0123456789abcefABCEF"), .byte(hex), two]),
            .joined([digits("dD"), digits("01234567"), two]),
        ])
        let pair = Language.joined([
            digits("dD"), digits("89abAB"), two, .text("\\u"), digits("dD"), digits("cdefCDEF"), two,
        ])
        return .either([
            .scalar(mustEscape.complement),
            .joined([
                .text("\\"),
                .either([digits("\"\\/bfnrt"), .joined([.text("u"), .either([unpaired, pair])])]),
            ]),
        ])
    }()

    static let canonicalInside = Language.star(canonicalScalar)
    static let anyInside = Language.star(anyScalar)

    static func quoted(_ inside: Language) -> Language { .joined([.text("\""), inside, .text("\"")]) }

    /// Any number; exponents have one or two digits.
    static let anyNumber: Language = .joined([
        .optional(.text("-")), DecimalText.whole,
        .optional(.joined([.text("."), .repetition(DecimalText.digit, minimum: 1, maximum: nil)])),
        .optional(
            .joined([
                .byte(ByteSet("eE".utf8)), .optional(.byte(ByteSet("+-".utf8))),
                .repetition(DecimalText.digit, minimum: 1, maximum: 2),
            ])
        ),
    ])
}

/// Parts of decimal numbers.
enum DecimalText {
    static let digit = Language.byte(ByteSet(0x30...0x39))
    static let nonzero = Language.byte(ByteSet(0x31...0x39))
    static let digits = Language.star(digit)
    /// A whole number from 0 on, without leading zeros.
    static let whole = Language.either([.text("0"), .joined([nonzero, digits])])
    /// Nothing, or a point and zeros.
    static let noFraction = Language.optional(.joined([.text("."), .repetition(.text("0"), minimum: 1, maximum: nil)]))
}
