import Common

extension RegexParser {
    /// The part with the quantifier behind it. Lazy ones match the same strings as greedy ones.
    mutating func quantified(_ part: RegexNode, _ place: Int) throws -> RegexNode {
        guard let (minimum, maximum) = try quantifier() else { return part }
        switch part {
        case .start, .end, .lookahead: throw malformed("an assertion cannot be repeated", at: place)
        default: break
        }
        if skip("+") { throw unsupported("a possessive quantifier", at: position - 1) }
        _ = skip("?")
        guard try quantifier() == nil else { throw malformed("nothing is there to repeat", at: position - 1) }
        return .repetition(part, minimum: minimum, maximum: maximum)
    }

    private mutating func quantifier() throws -> (Int, Int?)? {
        if skip("*") { return (0, nil) }
        if skip("+") { return (1, nil) }
        if skip("?") { return (0, 1) }
        let place = position
        guard skip("{") else { return nil }
        // A brace that begins no count is a character.
        guard let minimum = try count() ?? (peek == "," ? 0 : nil) else {
            position = place
            return nil
        }
        let maximum = skip(",") ? try count() : minimum
        guard skip("}") else {
            position = place
            return nil
        }
        guard maximum.map({ $0 >= minimum }) ?? true else {
            throw malformed("the least count \(minimum) is above the greatest \(maximum ?? 0)", at: place)
        }
        return (minimum, maximum)
    }

    private mutating func count() throws -> Int? {
        let place = position
        var value: Int?
        while let scalar = peek, scalar.isASCII, let digit = Character(scalar).wholeNumberValue {
            position += 1
            value = (value ?? 0) * 10 + digit
            guard value ?? 0 <= Self.countLimit else {
                throw unsupported("a count above \(Self.countLimit)", at: place)
            }
        }
        return value
    }
}
