import Common

extension GBNFParser {
    /// `"…"`
    mutating func literal() throws -> Language {
        let place = position
        position += 1
        var literal = ""
        while let scalar = next() {
            if scalar == "\"" { return .text(literal) }
            guard scalar != "\n" else { break }
            literal.unicodeScalars.append(scalar == "\\" ? try escape() : scalar)
        }
        throw malformed("a literal without an end", at: place)
    }

    /// `[a-z]`, `[^"\n]`
    mutating func scalarClass() throws -> ScalarSet {
        let place = position
        position += 1
        let isNegative = skip("^")
        var ranges: [ClosedRange<UInt32>] = []
        while let scalar = next() {
            if scalar == "]" {
                let set = ScalarSet(ranges)
                return isNegative ? set.complement : set
            }
            guard scalar != "\n" else { break }
            let low = scalar == "\\" ? try escape() : scalar
            guard peek == "-", position + 1 < text.count, text[position + 1] != "]" else {
                ranges.append(low.value...low.value)
                continue
            }
            position += 1
            guard let last = next() else { break }
            let high = last == "\\" ? try escape() : last
            guard low <= high else { throw malformed("a range that runs backwards") }
            ranges.append(low.value...high.value)
        }
        throw malformed("a class without an end", at: place)
    }

    private mutating func escape() throws -> Unicode.Scalar {
        guard let scalar = next() else { throw malformed("a backslash at the end") }
        switch scalar {
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "x": return try codePoint(2)
        case "u": return try codePoint(4)
        case "U": return try codePoint(8)
        case "\\", "\"", "[", "]", "-", "^", "/", ".": return scalar
        default: throw malformed("an unknown escape '\\\(scalar)'", at: position - 1)
        }
    }

    private mutating func codePoint(_ digits: Int) throws -> Unicode.Scalar {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = next().flatMap({ Character($0).hexDigitValue }) else {
                throw malformed("expected \(digits) hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw malformed("\(String(value, radix: 16)) is no code point")
        }
        return scalar
    }
}
