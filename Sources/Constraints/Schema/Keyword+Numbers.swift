import Common

/// `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`.
extension Keyword {
    func bound() throws -> Condition {
        // Draft 4 says with a flag beside it that a bound is excluded.
        if case .boolean = value, key.hasPrefix("exclusive") { return .always }
        let bound = try number()
        let flag = schema.value[key == "minimum" ? "exclusiveMinimum" : "exclusiveMaximum"]
        let isExclusive = key.hasPrefix("exclusive") || flag == .boolean(true)
        let texts: Texts
        switch (key.hasSuffix("inimum"), isExclusive) {
        case (true, false): texts = Texts(NumberRanges.atLeast(bound)) { NumberRanges.below(bound) }
        case (true, true): texts = Texts(NumberRanges.above(bound)) { NumberRanges.atMost(bound) }
        case (false, false): texts = Texts(NumberRanges.atMost(bound)) { NumberRanges.above(bound) }
        case (false, true): texts = Texts(NumberRanges.below(bound)) { NumberRanges.atLeast(bound) }
        }
        return .assertion(.number(texts, isNegative: false))
    }

    func multiple() throws -> Condition {
        guard let multiples = Multiples(of: try number()) else {
            throw unsupported("takes a divisor above 0 of at most \(Multiples.unitLimit) units of its last digit")
        }
        let builder = reader.builder
        let texts = Texts(multiples.multiples(builder)) { multiples.others(builder) }
        return .assertion(.number(texts, isNegative: false))
    }

    private func number() throws -> Decimal {
        switch value {
        case .integer(let value): return Decimal(value)
        case .number(let value): return Decimal(value)
        default: throw malformed("is no number")
        }
    }
}
