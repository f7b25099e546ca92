/// The inside of tags.
extension TemplateLexer {
    private static let signs = [
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=",
        ".", ":", "|", ",", ";",
    ]
    private static let pairs = ["(": ")", "[": "]", "{": "}"]

    /// Reads tokens up to the closing sign of the tag, which counts only outside brackets.
    mutating func readExpression(closing sign: String, _ end: TemplateToken.Kind) throws {
        brackets = []
        while position < source.count {
            if brackets.isEmpty, let place = closing(sign, at: position, trimsLine: end == .endBlock) {
                emit(end)
                return advance(to: place)
            }
            try readToken()
        }
        throw fail("a tag has no '\(sign)'")
    }

    private mutating func readToken() throws {
        let scalar = source[position]
        if scalar.isPythonSpace {
            advance(to: skippingSpace(from: position))
        } else if scalar.isASCIIDigit {
            try readNumber()
        } else if scalar == "_" || scalar.properties.isXIDStart {
            let end = source[position...].firstIndex { !$0.properties.isXIDContinue } ?? source.count
            emit(.name(Text(source[position..<end])))
            position = end
        } else if scalar == "'" || scalar == "\"" {
            try readString(quote: scalar)
        } else if let sign = Self.signs.first(where: { has($0, at: position) }) {
            try balance(sign)
            emit(.sign(sign))
            position += sign.utf8.count
        } else {
            throw fail("unexpected '\(scalar)'")
        }
    }

    private mutating func balance(_ sign: String) throws {
        if let closing = Self.pairs[sign] {
            brackets.append(closing)
        } else if Self.pairs.values.contains(sign), brackets.popLast() != sign {
            throw fail("unexpected '\(sign)'")
        }
    }

    private mutating func readNumber() throws {
        if source[position] == "0", position + 1 < source.count,
            let base = ["x": 16, "o": 8, "b": 2][source[position + 1].properties.lowercaseMapping],
            let end = digits(from: position + 2, base: base, canBeginWithUnderscore: true)
        {
            return try emitInteger(end: end, base: base)
        }
        guard let whole = digits(from: position) else { return }
        // `x.0.1` is two subscripts.
        let isSubscript = position > 0 && source[position - 1] == "."
        var end = whole
        if !isSubscript {
            if has(".", at: end) { end = digits(from: end + 1) ?? end }
            if has("e", at: end) || has("E", at: end) {
                end = digits(from: end + (has("+", at: end + 1) || has("-", at: end + 1) ? 2 : 1)) ?? end
            }
        }
        guard end == whole else {
            guard let value = PythonNumber.float(Text(source[position..<end])) else { throw fail("no number") }
            emit(.float(value))
            position = end
            return
        }
        // Behind a leading zero only zeros belong to the number.
        if source[position] == "0" {
            end = source[position..<whole].firstIndex { $0 != "0" && $0 != "_" } ?? whole
        }
        try emitInteger(end: end, base: 10)
    }

    private mutating func emitInteger(end: Int, base: Int) throws {
        do {
            guard let value = try PythonNumber.integer(Text(source[position..<end]), base: base) else {
                throw fail("no number")
            }
            emit(.integer(value))
            position = end
        } catch let fault as TemplateFault {
            throw fail(fault.message)
        }
    }

    /// The end of a run of digits with single underscores between them.
    private func digits(from start: Int, base: Int = 10, canBeginWithUnderscore: Bool = false) -> Int? {
        func isDigit(_ place: Int) -> Bool {
            place < source.count && source[place].isASCII && Int(String(source[place]), radix: base) != nil
                && source[place] != "+" && source[place] != "-"
        }
        var end = start
        if canBeginWithUnderscore, has("_", at: end), isDigit(end + 1) { end += 1 }
        guard isDigit(end) else { return nil }
        while isDigit(end) || has("_", at: end) && isDigit(end + 1) { end += 1 }
        return end
    }

    private static let escapes: [Unicode.Scalar: Text] = [
        "n": ["\n"], "t": ["\t"], "r": ["\r"], "a": ["\u{7}"], "b": ["\u{8}"], "f": ["\u{C}"], "v": ["\u{B}"],
        "\\": ["\\"], "'": ["'"], "\"": ["\""], "\n": [],
    ]
    private static let hexLengths: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]

    /// A string with Python's escapes; an unknown one keeps its backslash.
    private mutating func readString(quote: Unicode.Scalar) throws {
        var text: Text = []
        var place = position + 1
        while place < source.count, source[place] != quote {
            guard source[place] == "\\", place + 1 < source.count else {
                text.append(source[place])
                place += 1
                continue
            }
            let letter = source[place + 1]
            place += 2
            if let escaped = Self.escapes[letter] {
                text += escaped
            } else if let length = Self.hexLengths[letter] {
                text.append(try scalar(from: place, length: length, base: 16))
                place += length
            } else if ("0"..."7").contains(letter) {
                let digits = source[(place - 1)...].prefix(3).prefix { ("0"..."7").contains($0) }
                text.append(try scalar(from: place - 1, length: digits.count, base: 8))
                place += digits.count - 1
            } else if letter == "N" {
                throw fail("the escape '\\N' is not supported")
            } else {
                text += ["\\", letter]
            }
        }
        guard place < source.count else { throw fail("a string has no end") }
        emit(.string(text))
        advance(to: place + 1)
    }

    private func scalar(from place: Int, length: Int, base: Int) throws -> Unicode.Scalar {
        guard place + length <= source.count,
            source[place..<place + length].allSatisfy({ $0.properties.isASCIIHexDigit }),
            let value = UInt32(Text(source[place..<place + length]).string, radix: base),
            let scalar = Unicode.Scalar(value)
        else { throw fail("a string with a damaged escape") }
        return scalar
    }
}
