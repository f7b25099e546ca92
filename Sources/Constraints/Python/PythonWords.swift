/// Names and numbers.
enum PythonWords {
    /// What is no name; `__debug__` is one, but nothing may be assigned to it.
    static let keywords = [
        "False", "None", "True", "__debug__", "and", "as", "assert", "async", "await", "break", "class", "continue",
        "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
        "lambda",
        "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ]
    /// Keywords that are values.
    static let constants = ["False", "None", "True"]

    private static let first = ByteSet((0x41...0x5A) as ClosedRange<UInt8>)
        .union(ByteSet((0x61...0x7A) as ClosedRange<UInt8>)).union(ByteSet([0x5F]))
    private static let inner = first.union(ByteSet((0x30...0x39) as ClosedRange<UInt8>))

    /// A name of ASCII characters that is none of the words.
    ///
    /// Written as the automaton that it is, along the tree of the words: a complement would have to be searched.
    static func name(except words: [String]) -> Language {
        func names(_ words: [ArraySlice<UInt8>], _ isWithin: Bool) -> Language {
            let allowed = isWithin ? inner : first
            guard !words.isEmpty else { return .star(.byte(inner)) }
            var others = allowed
            var branches: [Language] = []
            for byte in allowed {
                let rests = words.filter { $0.first == byte }.map { $0.dropFirst() }
                guard !rests.isEmpty else { continue }
                others = others.subtracting(ByteSet([byte]))
                branches.append(.joined([.bytes([byte]), names(rests, true)]))
            }
            branches.append(.joined([.byte(others), .star(.byte(inner))]))
            if isWithin, !words.contains([]) { branches.append(.empty) }
            return .either(branches)
        }
        return names(words.map { Array($0.utf8)[...] }, false)
    }

    /// A number; a point never follows it as an operator, nor a letter, which would be read with it.
    static let number: Language = {
        func digits(_ set: String) -> Language { .byte(ByteSet(set.utf8)) }
        func grouped(_ digit: Language, _ minimum: Int, _ maximum: Int?) -> Language {
            .repeated(.joined([.optional(.text("_")), digit]), minimum, maximum)
        }
        let run = Language.joined([DecimalText.digit, grouped(DecimalText.digit, 0, nil)])
        let exponent = Language.joined([digits("eE"), .optional(digits("+-")), run])
        let whole = Language.either([
            .text("0"), .joined([DecimalText.nonzero, grouped(DecimalText.digit, 0, PythonLimits.digits - 1)]),
        ])
        let fraction = Language.either([
            .joined([whole, .optional(.joined([.text("."), .optional(run)]))]), .joined([.text("."), run]),
        ])
        let based = [("xX", "0123456789abcdefABCDEF"), ("oO", "01234567"), ("bB", "01")].map { letter, set in
            Language.joined([.text("0"), digits(letter), grouped(digits(set), 1, nil)])
        }
        return .either([.joined([fraction, .optional(exponent), .optional(digits("jJ"))])] + based)
    }()
}
