package import Common

/// Replies are written as literals.
extension JSONValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(members.map { Member(key: $0, value: $1) })
    }
}

extension JSONValue {
    /// A string, or null.
    init(_ text: String?) { self = text.map(JSONValue.string) ?? .null }

    /// An object without the members that are nil; null is written.
    static func members(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(members.compactMap { key, value in value.map { Member(key: key, value: $0) } })
    }

    /// The object with one more member, if it is not nil.
    func with(_ key: String, _ value: JSONValue?) -> JSONValue {
        guard case .object(let members) = self, let value else { return self }
        return .object(members.filter { $0.key != key } + [Member(key: key, value: value)])
    }

    /// The value of a key, null included.
    func member(_ key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// A tool's arguments, for dialects that write them as an object. Whole numbers beyond 64 bits become decimal ones.
    init(arguments text: String) {
        if let value = try? JSONValue(json: text) {
            self = value
            return
        }
        var (bytes, digits, inString, isEscaped): ([UInt8], Int, Bool, Bool) = ([], 0, false, false)
        var isWhole = true
        for byte in Array(text.utf8) + [UInt8(ascii: " ")] {
            let isPart = !inString && (0x30...0x39 ~= byte || "+-.eE".utf8.contains(byte))
            if !isPart {
                if digits > 18, isWhole { bytes += "e0".utf8 }
                (digits, isWhole) = (0, true)
            } else if 0x30...0x39 ~= byte {
                digits += 1
            } else if byte != UInt8(ascii: "-") {
                isWhole = false
            }
            if inString {
                inString = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            } else if byte == UInt8(ascii: "\"") {
                inString = true
            }
            bytes.append(byte)
        }
        self = (try? JSONValue(json: String(decoding: bytes, as: UTF8.self))) ?? [:]
    }

    /// What errors call a value of its kind.
    var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
