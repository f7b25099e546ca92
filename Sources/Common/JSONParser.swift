/// Reads JSON from the front, without a tree where the caller wants none: a vocabulary of 150,000 tokens is read in one
/// pass. The depth of nesting must have been checked (`JSONLimits`); `value` recurses.
package struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0
    /// The last key that was read, to say where an error is.
    private var key: String?
    private let name: String

    /// - Parameter name: what the text is, for errors.
    package init(_ bytes: UnsafeBufferPointer<UInt8>, name: String = "JSON") { (self.bytes, self.name) = (bytes, name) }

    package func error(_ message: String) -> CinnabarError {
        CinnabarError(
            .malformed,
            "\(name) at byte \(index)\(key.map { ", behind '\($0.prefix(40))'" } ?? ""): \(message)"
        )
    }

    /// The first byte of what comes next; nil at the end.
    package mutating func peek() -> UInt8? {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            case let byte: return byte
            }
        }
        return nil
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ byte: UInt8, _ what: String) throws {
        guard take(byte) else { throw error("expected \(what)") }
    }

    package mutating func end() throws {
        guard peek() == nil else { throw error("something follows the value") }
    }

    /// Calls `member` behind each key; it must read the value.
    package mutating func object(_ member: (inout JSONParser, String) throws -> Void) throws {
        try expect(UInt8(ascii: "{"), "an object")
        guard !take(UInt8(ascii: "}")) else { return }
        repeat {
            let key = try string()
            self.key = key
            try expect(UInt8(ascii: ":"), "':'")
            try member(&self, key)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"), "',' or '}'")
    }

    /// Calls `element` before each element; it must read it.
    package mutating func array(_ element: (inout JSONParser) throws -> Void) throws {
        try expect(UInt8(ascii: "["), "an array")
        guard !take(UInt8(ascii: "]")) else { return }
        repeat { try element(&self) } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"), "',' or ']'")
    }

    package mutating func integer() throws -> Int {
        guard let byte = peek(), byte == UInt8(ascii: "-") || 0x30...0x39 ~= byte, let value = Int(try number()) else {
            throw error("expected a whole number")
        }
        return value
    }

    package mutating func value() throws -> JSONValue {
        switch peek() {
        case UInt8(ascii: "{"):
            var members: [JSONValue.Member] = []
            // By their bytes: strings are equal also where they only look alike.
            var places: [[UInt8]: Int] = [:]
            try object { parser, key in
                let member = JSONValue.Member(key: key, value: try parser.value())
                if let place = places[Array(key.utf8)] {
                    members[place] = member
                } else {
                    places[Array(key.utf8)] = members.count
                    members.append(member)
                }
            }
            return .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try array { parser in elements.append(try parser.value()) }
            return .array(elements)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        default:
            let text = try number()
            if let integer = Int(text) { return .integer(integer) }
            guard text.contains(where: { !$0.isNumber && $0 != "-" }) else {
                throw CinnabarError(.unsupported, "\(name): the integer \(text.prefix(40)) has more than 64 bits")
            }
            guard let value = Double(text), value.isFinite else { throw error("the number is too large") }
            return .number(value)
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
        let end = index + word.utf8CodeUnitCount
        guard end <= bytes.count, bytes[index..<end].elementsEqual(word.description.utf8) else {
            throw error("expected a value")
        }
        index = end
        return value
    }

    private mutating func number() throws -> String {
        let start = index
        func digits() throws {
            let first = index
            while index < bytes.count, 0x30...0x39 ~= bytes[index] { index += 1 }
            guard index > first else { throw error("expected a value") }
        }
        func skip(_ signs: StaticString) -> Bool {
            guard index < bytes.count, signs.description.utf8.contains(bytes[index]) else { return false }
            index += 1
            return true
        }
        _ = skip("-")
        let isZero = skip("0")
        if !isZero { try digits() }
        if skip(".") { try digits() }
        if skip("eE") {
            _ = skip("+-")
            try digits()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    package mutating func string() throws -> String {
        try expect(UInt8(ascii: "\""), "a string")
        let start = index
        while index < bytes.count, bytes[index] >= 0x20 {
            if bytes[index] == UInt8(ascii: "\"") {
                index += 1
                return String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<index - 1]), as: UTF8.self)
            }
            if bytes[index] == UInt8(ascii: "\\") { return try escapedString(start) }
            index += 1
        }
        throw error("a string without an end")
    }

    /// The rest of a string at its first backslash.
    private mutating func escapedString(_ start: Int) throws -> String {
        var text = Array(bytes[start..<index])
        while index < bytes.count, bytes[index] >= 0x20 {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") { text.append(contentsOf: try escape()) } else { text.append(byte) }
        }
        throw error("a string without an end")
    }

    /// The UTF-8 of an escape behind its backslash.
    private mutating func escape() throws -> [UInt8] {
        guard index < bytes.count else { throw error("a string without an end") }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "u"):
            var value = try hexadecimal()
            if 0xD800...0xDBFF ~= value, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
                bytes[index + 1] == UInt8(ascii: "u")
            {
                index += 2
                let low = try hexadecimal()
                guard 0xDC00...0xDFFF ~= low else { throw error("half of a surrogate pair") }
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else { throw error("half of a surrogate pair") }
            return Array(String(scalar).utf8)
        default: throw error("an unknown escape")
        }
    }

    private mutating func hexadecimal() throws -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard index < bytes.count, let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else {
                throw error("expected four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
