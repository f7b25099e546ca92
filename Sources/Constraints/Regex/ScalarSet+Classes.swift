import Foundation
import Synchronization

/// The classes of regular expressions: ECMA-262's escapes, and `\p{…}` from the properties that Swift and Foundation know.
extension ScalarSet {
    package static let digits = ScalarSet([0x30...0x39])

    package static let wordCharacters = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])

    /// ECMA-262's WhiteSpace and LineTerminator.
    package static let whitespace = ScalarSet([
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])

    package static let lineTerminators = ScalarSet("\n", "\r", "\u{2028}", "\u{2029}")

    /// The set that `\p{name}` stands for: a general category, a script or a binary property; nil when there is none such.
    /// Cost: one pass over all scalars the first time that a name is asked for.
    package static func property(_ name: String) -> ScalarSet? {
        PropertySets.shared.set(name)
    }

    /// The set and everything that differs from one of its scalars in case only.
    package var ignoringCase: ScalarSet {
        var found: [ClosedRange<UInt32>] = []
        for (scalar, partner) in PropertySets.shared.casePairs {
            if contains(scalar) { found.append(partner...partner) }
            if contains(partner) { found.append(scalar...scalar) }
        }
        return union(ScalarSet(found))
    }
}

/// Sets by name, computed once.
private final class PropertySets: Sendable {
    static let shared = PropertySets()

    private let sets = Mutex<[String: ScalarSet]>([:])

    func set(_ name: String) -> ScalarSet? {
        sets.withLock { sets in
            if let known = sets[name] { return known }
            let set = Self.compute(name)
            sets[name] = set
            return set
        }
    }

    /// A scalar and its simple lower-case partner.
    let casePairs: [(UInt32, UInt32)] = (0...0x1_FFFF).compactMap { value in
        guard let scalar = Unicode.Scalar(UInt32(value)) else { return nil }
        let lower = scalar.properties.lowercaseMapping.unicodeScalars
        guard lower.count == 1, let first = lower.first, first != scalar else { return nil }
        return (scalar.value, first.value)
    }

    private static func compute(_ name: String) -> ScalarSet? {
        let parts = name.split(separator: "=", maxSplits: 1).map(String.init)
        if parts.count == 2 {
            switch parts[0] {
            case "General_Category", "gc": return category(parts[1])
            case "Script", "sc", "Script_Extensions", "scx": return script(parts[1])
            default: return nil
            }
        }
        return category(name) ?? binary[name].map(scalars) ?? (name == "Any" ? .all : nil) ?? script(name)
    }

    private static func scalars(where holds: (Unicode.Scalar) -> Bool) -> ScalarSet {
        var ranges: [ClosedRange<UInt32>] = []
        var start: UInt32?
        for value: UInt32 in 0...0x110000 {
            let isMember = Unicode.Scalar(value).map(holds) ?? false
            if isMember, start == nil { start = value }
            if !isMember, let first = start {
                ranges.append(first...(value - 1))
                start = nil
            }
        }
        return ScalarSet(ranges)
    }

    private static func category(_ name: String) -> ScalarSet? {
        guard let members = categories[name] else { return nil }
        return scalars { members.contains($0.properties.generalCategory) }
    }

    /// What Foundation's regular expressions take for the script; they know scripts, Swift's properties do not.
    private static func script(_ name: String) -> ScalarSet? {
        guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0 == "_") }),
            let expression = try? NSRegularExpression(pattern: "[\\p{Script=\(name)}]+")
        else { return nil }
        var text = ""
        text.unicodeScalars.append(contentsOf: (0...0x10FFFF).lazy.compactMap { Unicode.Scalar(UInt32($0)) })
        let units = Array(text.utf16)
        // The place of a unit says its scalar: all of them stand there in order, without the surrogates.
        func scalar(_ place: Int) -> UInt32 {
            switch place {
            case ..<0xD800: UInt32(place)
            case ..<0xF800: UInt32(place + 0x800)
            default: UInt32(0x10000 + (place - 0xF800) / 2)
            }
        }
        let matches = expression.matches(in: text, range: NSRange(location: 0, length: units.count))
        return ScalarSet(matches.map { scalar($0.range.location)...scalar($0.range.location + $0.range.length - 1) })
    }

    private static let binary: [String: @Sendable (Unicode.Scalar) -> Bool] = [
        "Alphabetic": { $0.properties.isAlphabetic }, "Alpha": { $0.properties.isAlphabetic },
        "Lowercase": { $0.properties.isLowercase }, "Uppercase": { $0.properties.isUppercase },
        "White_Space": { $0.properties.isWhitespace }, "Emoji": { $0.properties.isEmoji },
        "ASCII": { $0.isASCII }, "ID_Start": { $0.properties.isIDStart }, "ID_Continue": { $0.properties.isIDContinue },
        "XID_Start": { $0.properties.isXIDStart }, "XID_Continue": { $0.properties.isXIDContinue },
        "Math": { $0.properties.isMath }, "Ideographic": { $0.properties.isIdeographic },
        "Hex_Digit": { $0.properties.isHexDigit }, "ASCII_Hex_Digit": { $0.properties.isASCIIHexDigit },
    ]

    /// The categories by their long name, short name and group.
    private static let categories: [String: Set<Unicode.GeneralCategory>] = {
        let groups: [(String, String, [(String, String, Unicode.GeneralCategory)])] = [
            (
                "L", "Letter",
                [
                    ("Lu", "Uppercase_Letter", .uppercaseLetter), ("Ll", "Lowercase_Letter", .lowercaseLetter),
                    ("Lt", "Titlecase_Letter", .titlecaseLetter), ("Lm", "Modifier_Letter", .modifierLetter),
                    ("Lo", "Other_Letter", .otherLetter),
                ]
            ),
            (
                "M", "Mark",
                [
                    ("Mn", "Nonspacing_Mark", .nonspacingMark), ("Mc", "Spacing_Mark", .spacingMark),
                    ("Me", "Enclosing_Mark", .enclosingMark),
                ]
            ),
            (
                "N", "Number",
                [
                    ("Nd", "Decimal_Number", .decimalNumber), ("Nl", "Letter_Number", .letterNumber),
                    ("No", "Other_Number", .otherNumber),
                ]
            ),
            (
                "P", "Punctuation",
                [
                    ("Pc", "Connector_Punctuation", .connectorPunctuation),
                    ("Pd", "Dash_Punctuation", .dashPunctuation),
                    ("Ps", "Open_Punctuation", .openPunctuation), ("Pe", "Close_Punctuation", .closePunctuation),
                    ("Pi", "Initial_Punctuation", .initialPunctuation), ("Pf", "Final_Punctuation", .finalPunctuation),
                    ("Po", "Other_Punctuation", .otherPunctuation),
                ]
            ),
            (
                "S", "Symbol",
                [
                    ("Sm", "Math_Symbol", .mathSymbol), ("Sc", "Currency_Symbol", .currencySymbol),
                    ("Sk", "Modifier_Symbol", .modifierSymbol), ("So", "Other_Symbol", .otherSymbol),
                ]
            ),
            (
                "Z", "Separator",
                [
                    ("Zs", "Space_Separator", .spaceSeparator), ("Zl", "Line_Separator", .lineSeparator),
                    ("Zp", "Paragraph_Separator", .paragraphSeparator),
                ]
            ),
            (
                "C", "Other",
                [
                    ("Cc", "Control", .control), ("Cf", "Format", .format), ("Co", "Private_Use", .privateUse),
                    ("Cn", "Unassigned", .unassigned),
                ]
            ),
        ]
        var table: [String: Set<Unicode.GeneralCategory>] = [
            "LC": [.uppercaseLetter, .lowercaseLetter, .titlecaseLetter],
            "Cased_Letter": [.uppercaseLetter, .lowercaseLetter, .titlecaseLetter],
        ]
        for (short, long, members) in groups {
            table[short] = Set(members.map(\.2))
            table[long] = table[short]
            for (short, long, category) in members {
                table[short] = [category]
                table[long] = [category]
            }
        }
        table["digit"] = table["Nd"]
        table["punct"] = table["P"]
        return table
    }()
}
