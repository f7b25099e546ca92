import Common

extension RegexParser {
    /// A class in brackets behind its `[`.
    mutating func bracket(_ place: Int) throws -> ScalarSet {
        let isNegative = skip("^")
        var ranges: [ClosedRange<UInt32>] = []
        while let scalar = next() {
            if scalar == "]" {
                let set = folded(ScalarSet(ranges))
                return isNegative ? set.complement : set
            }
            let start = position - 1
            let low = try member(scalar, start)
            // A range is between two single scalars; a minus anywhere else is itself.
            if peek == "-", position + 1 < pattern.count, pattern[position + 1] != "]" {
                position += 1
                let highStart = position
                guard let behind = next() else { break }
                let high = try member(behind, highStart)
                if let first = low.single, let last = high.single {
                    guard first <= last else { throw malformed("a range that runs backwards", at: start) }
                    ranges.append(first...last)
                } else {
                    ranges += low.ranges + high.ranges + [0x2D...0x2D]
                }
            } else {
                ranges += low.ranges
            }
        }
        throw malformed("'[' without ']'", at: place)
    }

    private mutating func member(_ scalar: Unicode.Scalar, _ place: Int) throws -> ScalarSet {
        if scalar == "[", peek == ":" { return try namedClass(place) }
        guard scalar == "\\" else { return ScalarSet(scalar) }
        if skip("b") { return ScalarSet("\u{08}") }
        if skip("-") { return ScalarSet("-") }
        return try escapedSet(place)
    }

    /// POSIX's `[:alpha:]`.
    private mutating func namedClass(_ place: Int) throws -> ScalarSet {
        let names: [(String, [ClosedRange<UInt32>])] = [
            ("alpha", [0x41...0x5A, 0x61...0x7A]), ("digit", [0x30...0x39]), ("upper", [0x41...0x5A]),
            ("alnum", [0x30...0x39, 0x41...0x5A, 0x61...0x7A]), ("lower", [0x61...0x7A]),
            ("xdigit", [0x30...0x39, 0x41...0x46, 0x61...0x66]), ("space", [0x09...0x0D, 0x20...0x20]),
            ("punct", [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]), ("word", ScalarSet.wordCharacters.ranges),
        ]
        for (name, ranges) in names where skip(":\(name):]") { return ScalarSet(ranges) }
        return ScalarSet("[")
    }
}

extension ScalarSet {
    /// Its scalar where it has just one.
    fileprivate var single: UInt32? { count == 1 ? ranges[0].lowerBound : nil }
}
