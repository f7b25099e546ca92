/// Decimal texts by their value: what lies above or below a bound, digit by digit.
///
/// Texts are JSON numbers without exponent. Zeros behind the last digit are allowed, so that 19.90 can be written.
///
/// Bounds that exclude keep a distance from their number that a double shows, since a reader may round to doubles:
/// 0.0999999999999999999 is below 0.1 but reads as 0.1.
enum NumberRanges {
    /// All texts with a value from the bound on.
    static func atLeast(_ bound: Decimal) -> Language {
        if bound.isNegative {
            return .either([magnitude(atLeast: Decimal(0)), negative(magnitude(atMost: bound.magnitude))])
        }
        return magnitude(atLeast: bound)
    }

    /// All texts with a value up to the bound.
    static func atMost(_ bound: Decimal) -> Language {
        if bound.isNegative { return negative(magnitude(atLeast: bound.magnitude)) }
        return .either([negative(magnitude(atLeast: Decimal(0))), magnitude(atMost: bound)])
    }

    static func above(_ bound: Decimal) -> Language {
        if bound.isZero { return positive }
        return atLeast(shifted(bound, up: true))
    }

    static func below(_ bound: Decimal) -> Language {
        if bound.isZero { return negative(positive) }
        return atMost(shifted(bound, up: false))
    }

    static func equal(_ value: Decimal) -> Language { .bytes(value.text) }

    static func different(_ value: Decimal) -> Language { .either([below(value), above(value)]) }

    static let integers: Language = .either([.joined([.optional(.text("-")), positiveWhole]), .text("0")])

    /// Numbers whose fraction is neither nothing nor so near to it that a double would not show it.
    static let fractions: Language = {
        let digit = DecimalText.digit
        /// `count` digits that are not all this one.
        func mixed(_ digit: UInt8, _ count: Int) -> Language {
            let others = ByteSet(0x30...0x39).subtracting(ByteSet([digit]))
            return .either(
                (0..<count).map {
                    .joined([
                        .bytes([UInt8](repeating: digit, count: $0)), .byte(others),
                        .repeated(DecimalText.digit, count - $0 - 1, count - $0 - 1),
                    ])
                }
            )
        }
        let six = Language.either([
            .joined([byte(1...8), .repeated(digit, 5, 5)]), .joined([.text("0"), mixed(0x30, 5)]),
            .joined([.text("9"), mixed(0x39, 5)]),
        ])
        let few = Language.either(
            (0..<6).map { .joined([.repeated(.text("0"), $0, $0), DecimalText.nonzero, .repeated(digit, 0, 5 - $0)]) }
        )
        return .joined([
            .optional(.text("-")), .either([.text("0"), .joined([DecimalText.nonzero, .repeated(digit, 0, 8)])]),
            .text("."), .either([few, .joined([six, .repetition(digit, minimum: 1, maximum: nil)])]),
        ])
    }()

    private static let positiveWhole: Language = .joined([DecimalText.nonzero, DecimalText.digits])

    /// Above 0, and not by less than a double can tell from it.
    private static let positive: Language = .either([
        .joined([positiveWhole, anyFraction]),
        .joined([
            .text("0."), .repetition(.text("0"), minimum: 0, maximum: 100), DecimalText.nonzero, DecimalText.digits,
        ]),
    ])

    private static let anyFraction: Language = .optional(
        .joined([.text("."), .repetition(DecimalText.digit, minimum: 1, maximum: nil)])
    )

    private static func negative(_ magnitude: Language) -> Language { .joined([.text("-"), magnitude]) }

    /// The nearest bound to include instead: one unit away in the last place that doubles of this size keep apart, at
    /// most the 15th behind the point.
    private static func shifted(_ bound: Decimal, up: Bool) -> Decimal {
        let places = max(bound.fraction.count, 15 - bound.whole.count, 0)
        let moved = bound.magnitude.stepped(by: up != bound.isNegative ? 1 : -1, places: places)
        return bound.isNegative ? moved.negated : moved
    }

    private static func byte(_ range: ClosedRange<UInt8>) -> Language {
        .byte(ByteSet((range.lowerBound + 0x30)...(range.upperBound + 0x30)))
    }

    private static func ascii(_ digits: some Sequence<UInt8>) -> Language { .bytes(digits.map { $0 + 0x30 }) }

    private static func magnitude(atLeast bound: Decimal) -> Language {
        if bound.isZero { return .joined([DecimalText.whole, anyFraction]) }
        let more = wholes(above: bound.whole)
        return .either([
            .joined([more, anyFraction]), .joined([exactly(bound.whole), fraction(atLeast: bound.fraction)]),
        ])
    }

    private static func magnitude(atMost bound: Decimal) -> Language {
        .either([
            .joined([wholes(below: bound.whole), anyFraction]),
            .joined([exactly(bound.whole), fraction(atMost: bound.fraction)]),
        ])
    }

    private static func exactly(_ whole: [UInt8]) -> Language { whole.isEmpty ? .text("0") : ascii(whole) }

    private static func wholes(above bound: [UInt8]) -> Language {
        var parts: [Language] = [
            .joined([DecimalText.nonzero, .repetition(DecimalText.digit, minimum: bound.count, maximum: nil)])
        ]
        for (index, digit) in bound.enumerated() where digit < 9 {
            let behind = bound.count - index - 1
            parts.append(
                .joined([ascii(bound[..<index]), byte((digit + 1)...9), .repeated(DecimalText.digit, behind, behind)])
            )
        }
        return .either(parts)
    }

    private static func wholes(below bound: [UInt8]) -> Language {
        guard !bound.isEmpty else { return .nothing }
        var parts: [Language] = [.text("0")]
        if bound.count > 1 {
            parts.append(.joined([DecimalText.nonzero, .repeated(DecimalText.digit, 0, bound.count - 2)]))
        }
        for (index, digit) in bound.enumerated() where digit > (index == 0 ? 1 : 0) {
            let behind = bound.count - index - 1
            parts.append(
                .joined([
                    ascii(bound[..<index]), byte((index == 0 ? 1 : 0)...(digit - 1)),
                    .repeated(DecimalText.digit, behind, behind),
                ])
            )
        }
        return .either(parts)
    }

    private static func fraction(atLeast bound: [UInt8]) -> Language {
        guard !bound.isEmpty else { return anyFraction }
        var parts: [Language] = [.joined([ascii(bound), DecimalText.digits])]
        for (index, digit) in bound.enumerated() where digit < 9 {
            parts.append(.joined([ascii(bound[..<index]), byte((digit + 1)...9), DecimalText.digits]))
        }
        return .joined([.text("."), .either(parts)])
    }

    private static func fraction(atMost bound: [UInt8]) -> Language {
        var parts: [Language] = [.joined([ascii(bound), .star(.text("0"))])]
        for (index, digit) in bound.enumerated() {
            if index > 0 { parts.append(ascii(bound[..<index])) }
            if digit > 0 { parts.append(.joined([ascii(bound[..<index]), byte(0...(digit - 1)), DecimalText.digits])) }
        }
        guard !bound.isEmpty else { return DecimalText.noFraction }
        return .either([.empty, .joined([.text("."), .either(parts)])])
    }
}
