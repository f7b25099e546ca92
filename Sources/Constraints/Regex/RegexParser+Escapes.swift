import Common

extension RegexParser {
    /// An escape outside brackets; `place` is that of its backslash.
    mutating func escape(_ place: Int) throws -> RegexNode {
        switch peek {
        case "b", "B": throw unsupported("the word boundary '\\\(peek ?? "b")'", at: place)
        case "1", "2", "3", "4", "5", "6", "7", "8", "9", "k", "g": throw unsupported("a backreference", at: place)
        case "A":
            position += 1
            return .start
        case "z", "Z":
            position += 1
            return .end
        case "G", "K", "R", "X", "Q", "E", "C", "N":
            throw unsupported("the escape '\\\(peek ?? " ")'", at: place)
        default: return .scalars(folded(try escapedSet(place)))
        }
    }

    /// An escape that stands for a set of scalars, in brackets or outside.
    mutating func escapedSet(_ place: Int) throws -> ScalarSet {
        guard let scalar = next() else { throw malformed("a backslash at the end", at: place) }
        switch scalar {
        case "d": return .digits
        case "D": return ScalarSet.digits.complement
        case "w": return .wordCharacters
        case "W": return ScalarSet.wordCharacters.complement
        case "s": return .whitespace
        case "S": return ScalarSet.whitespace.complement
        case "h": return ScalarSet([0x09...0x09, 0x20...0x20])
        case "p", "P":
            let set = try property(place)
            return scalar == "p" ? set : set.complement
        case "n": return ScalarSet("\n")
        case "r": return ScalarSet("\r")
        case "t": return ScalarSet("\t")
        case "f": return ScalarSet("\u{0C}")
        case "v": return ScalarSet("\u{0B}")
        case "a": return ScalarSet("\u{07}")
        case "e": return ScalarSet("\u{1B}")
        case "0": return ScalarSet("\0")
        case "c":
            guard let letter = next(), letter.isASCII, letter.properties.isAlphabetic else {
                throw malformed("no letter behind '\\c'", at: place)
            }
            return ScalarSet([letter.value & 31...letter.value & 31])
        case "x":
            return try codePoint(skip("{") ? bracedDigits(place) : hexadecimal(2, place), place)
        case "u":
            if skip("{") { return try codePoint(bracedDigits(place), place) }
            let high = try hexadecimal(4, place)
            guard 0xD800...0xDBFF ~= high, skip("\\u") else { return try codePoint(high, place) }
            let low = try hexadecimal(4, place)
            guard 0xDC00...0xDFFF ~= low else { throw malformed("half of a surrogate pair", at: place) }
            return try codePoint(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00), place)
        default:
            guard !scalar.isASCII || !(scalar.properties.isAlphabetic || ("1"..."9").contains(scalar)) else {
                throw malformed("an unknown escape '\\\(scalar)'", at: place)
            }
            return ScalarSet(scalar)
        }
    }

    private func codePoint(_ value: UInt32, _ place: Int) throws -> ScalarSet {
        guard let scalar = Unicode.Scalar(value) else {
            throw malformed("\(String(value, radix: 16)) is no code point", at: place)
        }
        return ScalarSet(scalar)
    }

    private mutating func hexadecimal(_ count: Int, _ place: Int) throws -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = next().flatMap({ Character($0).hexDigitValue }) else {
                throw malformed("expected \(count) hexadecimal digits", at: place)
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private mutating func bracedDigits(_ place: Int) throws -> UInt32 {
        var value: UInt32 = 0
        while let scalar = next(), scalar != "}" {
            guard let digit = Character(scalar).hexDigitValue, value <= 0x10FFFF else {
                throw malformed("expected a code point in braces", at: place)
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// `\p{name}`, and `\pL`.
    private mutating func property(_ place: Int) throws -> ScalarSet {
        var name = ""
        if skip("{") {
            while let scalar = next(), scalar != "}" { name.unicodeScalars.append(scalar) }
            guard pattern[position - 1] == "}" else { throw malformed("'{' without '}'", at: place) }
        } else if let scalar = next() {
            name.unicodeScalars.append(scalar)
        }
        let isNegative = name.hasPrefix("^")
        guard let set = ScalarSet.property(isNegative ? String(name.dropFirst()) : name) else {
            throw unsupported("the Unicode property '\(name)'", at: place)
        }
        return isNegative ? set.complement : set
    }
}
