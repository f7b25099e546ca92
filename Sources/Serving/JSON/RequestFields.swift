import Common

/// A JSON object of a request. Keys are marked as they are read, so that the others can be reported; null is as good as absent.
final class RequestFields {
    /// Where it stands in the body, for errors: empty or ending in a point.
    private let path: String
    private var members: [String: JSONValue] = [:]
    private var unread: [String] = []
    private var children: [RequestFields] = []

    init(_ value: JSONValue, at path: String = "") throws {
        guard case .object(let list) = value else {
            throw APIError.invalid(path.isEmpty ? nil : String(path.dropLast()), "must be an object, not \(value.kind)")
        }
        self.path = path
        for member in list where member.value != .null {
            members[member.key] = member.value
            unread.append(member.key)
        }
    }

    /// Keys that nothing has read, with those of the objects in it.
    var ignored: [String] { unread.map { path + $0 } + children.flatMap(\.ignored) }

    /// Whether a key is there, without reading it.
    func has(_ key: String) -> Bool { members[key] != nil }

    func value(_ key: String) -> JSONValue? {
        unread.removeAll { $0 == key }
        return members[key]
    }

    /// The value of a key that something else reads.
    func peek(_ key: String) -> JSONValue? { members[key] }

    /// Keys that are known and change nothing here.
    func skip(_ keys: String...) { for key in keys { _ = value(key) } }

    func error(_ key: String, _ message: String) -> APIError { .invalid(path + key, message) }

    private func read<Value>(_ key: String, _ what: String, _ convert: (JSONValue) -> Value?) throws -> Value? {
        guard let value = value(key) else { return nil }
        guard let converted = convert(value) else { throw error(key, "must be \(what), not \(value.kind)") }
        return converted
    }

    func text(_ key: String) throws -> String? { try read(key, "a string", \.text) }

    func flag(_ key: String) throws -> Bool? {
        try read(key, "true or false") { if case .boolean(let value) = $0 { value } else { nil } }
    }

    func number(_ key: String, in range: ClosedRange<Double>) throws -> Double? {
        guard let number = try read(key, "a number", \.double) else { return nil }
        guard range.contains(number) else {
            throw error(
                key,
                "must be from \(JSONValue.number(range.lowerBound).json) to \(JSONValue.number(range.upperBound).json)"
            )
        }
        return number
    }

    /// A whole number; 5.0 is one.
    func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let number = try read(key, "a whole number", \.integer) else { return nil }
        guard range.contains(number) else {
            throw error(key, "must be from \(range.lowerBound) to \(range.upperBound), not \(number)")
        }
        return number
    }

    func list(_ key: String) throws -> [JSONValue]? {
        try read(key, "a list") { if case .array(let elements) = $0 { elements } else { nil } }
    }

    /// A string or a list of strings.
    func texts(_ key: String) throws -> [String]? {
        try read(key, "a string or a list of strings") { value in
            if let text = value.text { return [text] }
            guard case .array(let elements) = value else { return nil }
            let texts = elements.compactMap(\.text)
            return texts.count == elements.count ? texts : nil
        }
    }

    func fields(_ key: String) throws -> RequestFields? {
        guard let value = value(key) else { return nil }
        let child = try RequestFields(value, at: "\(path)\(key).")
        children.append(child)
        return child
    }

    /// A list of objects.
    func fieldsList(_ key: String) throws -> [RequestFields]? {
        try list(key)?.enumerated().map { index, value in
            let child = try RequestFields(value, at: "\(path)\(key)[\(index)].")
            children.append(child)
            return child
        }
    }

    func required<Value>(_ key: String, _ value: Value?) throws -> Value {
        guard let value else { throw error(key, "is missing") }
        return value
    }
}

extension JSONValue {
    fileprivate var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    fileprivate var integer: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }
}
