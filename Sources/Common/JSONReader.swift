package import Foundation

extension JSONValue {
    /// Reads strict JSON (RFC 8259) within the limits of `JSONLimits`. A repeated key keeps its first place and its last
    /// value, as in Python.
    ///
    /// - Throws: `malformed`; `unsupported` for an integer beyond 64 bits.
    package init(json: Data, name: String = "JSON") throws {
        self = try json.withUnsafeBytes { bytes in
            try JSONLimits().check(bytes, name: name)
            var reader = JSONReader(bytes: bytes, name: name)
            return try reader.document()
        }
    }

    package init(json: String, name: String = "JSON") throws {
        try self.init(json: Data(json.utf8), name: name)
    }
}

/// Recursive descent over bytes that are known to be UTF-8 and nested no deeper than the limit.
private struct JSONReader {
    let bytes: UnsafeRawBufferPointer
    let name: String
    var index = 0

    mutating func document() throws -> JSONValue {
        let value = try value()
        skipBlanks()
        guard index == bytes.count else { throw error("text behind the value") }
        return value
    }

    private mutating func value() throws -> JSONValue {
        skipBlanks()
        switch peek {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case let byte? where Self.beginsNumber(byte): return try number()
        default: break
        }
        for (word, value) in [("true", JSONValue.boolean(true)), ("false", .boolean(false)), ("null", .null)]
        where bytes[index...].starts(with: word.utf8) {
            index += word.utf8.count
            return value
        }
        throw error("no value")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func beginsNumber(_ byte: UInt8) -> Bool { isDigit(byte) || byte == UInt8(ascii: "-") }

    private mutating func object() throws -> JSONValue {
        var members: [JSONValue.Member] = []
        var places: [[UInt8]: Int] = [:]
        try list(closing: "}") { reader in
            guard reader.peek == UInt8(ascii: "\"") else { throw reader.error("no key") }
            let key = try reader.string()
            reader.skipBlanks()
            guard reader.take(":") else { throw reader.error("no ':' behind a key") }
            let value = try reader.value()
            if let place = places.updateValue(members.count, forKey: Array(key.utf8)) {
                places[Array(key.utf8)] = place
                members[place].value = value
            } else {
                members.append(JSONValue.Member(key: key, value: value))
            }
        }
        return .object(members)
    }

    private mutating func array() throws -> JSONValue {
        var items: [JSONValue] = []
        try list(closing: "]") { items.append(try $0.value()) }
        return .array(items)
    }

    /// What is between brackets: elements with commas between them.
    private mutating func list(closing: Unicode.Scalar, element: (inout JSONReader) throws -> Void) throws {
        index += 1
        skipBlanks()
        if take(closing) { return }
        while true {
            skipBlanks()
            try element(&self)
            skipBlanks()
            if take(closing) { return }
            guard take(",") else { throw error("neither ',' nor '\(closing)'") }
        }
    }

    private mutating func number() throws -> JSONValue {
        let start = index
        _ = take("-")
        if !take("0") { try digits() }
        var isInteger = true
        if take(".") {
            isInteger = false
            try digits()
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("-") { _ = take("+") }
            try digits()
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isInteger {
            if let value = Int(text) { return .integer(value) }
            throw CinnabarError(.unsupported, "\(name): the integer \(text.prefix(40)) has more than 64 bits")
        }
        guard let value = Double(text), value.isFinite else { throw error("the number is too large") }
        return .number(value)
    }

    private mutating func digits() throws {
        let start = index
        while let byte = peek, Self.isDigit(byte) { index += 1 }
        guard index > start else { throw error("no digit") }
    }

    private mutating func string() throws -> String {
        index += 1
        var text = ""
        while true {
            let start = index
            while let byte = peek, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { index += 1 }
            text += String(decoding: bytes[start..<index], as: UTF8.self)
            if take("\"") { return text }
            guard take("\\") else { throw error("a string with a control character or without an end") }
            text.unicodeScalars.append(try escape())
        }
    }

    private static let escapes: [UInt8: Unicode.Scalar] = [
        UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/", UInt8(ascii: "b"): "\u{8}",
        UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
    ]

    private mutating func escape() throws -> Unicode.Scalar {
        if let byte = peek, let scalar = Self.escapes[byte] {
            index += 1
            return scalar
        }
        let unit = try codeUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        // The halves of a surrogate pair.
        guard unit < 0xDC00, take("\\") else { throw error("half a surrogate pair") }
        let low = try codeUnit()
        guard low & 0xFC00 == 0xDC00, let scalar = Unicode.Scalar(0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF) else {
            throw error("half a surrogate pair")
        }
        return scalar
    }

    private mutating func codeUnit() throws -> UInt32 {
        guard take("u"), index + 4 <= bytes.count,
            let unit = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16),
            peek != UInt8(ascii: "+"), peek != UInt8(ascii: "-")
        else { throw error("an unknown escape") }
        index += 4
        return unit
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ sign: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: sign) else { return false }
        index += 1
        return true
    }

    private mutating func skipBlanks() {
        while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
    }

    private func error(_ what: String) -> CinnabarError {
        CinnabarError(.malformed, "\(name): \(what) at byte \(index) of \(bytes.count)")
    }
}
