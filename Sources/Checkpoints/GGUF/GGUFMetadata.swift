import Common

/// The keys and values of a GGUF file.
package struct GGUFMetadata: Sendable {
    /// For messages.
    package let path: String
    /// In the order of the file.
    package private(set) var keys: [String] = []
    private var values: [String: GGUFValue] = [:]

    init(path: String) { self.path = path }

    package subscript(key: String) -> GGUFValue? { values[key] }

    /// False when the key is taken.
    mutating func insert(_ value: GGUFValue, for key: String) -> Bool {
        guard values.updateValue(value, forKey: key) == nil else { return false }
        keys.append(key)
        return true
    }

    /// The value of a key, nil where the file has no such key.
    ///
    /// - Throws: `malformed` when the value has another type or does not fit.
    package func value<Value: GGUFReadable>(_ key: String, as _: Value.Type = Value.self) throws -> Value? {
        guard let found = values[key] else { return nil }
        let value: Value?
        do {
            value = try Value(found)
        } catch let error as CinnabarError {
            throw CinnabarError(.malformed, "metadata key '\(key)' in \(path): \(error.message)")
        }
        guard let value else {
            throw CinnabarError(
                .malformed,
                "metadata key '\(key)' in \(path) holds \(found.typeName), expected \(Value.expected)"
            )
        }
        return value
    }

    /// The value of a key that must be there.
    package func required<Value: GGUFReadable>(_ key: String, as _: Value.Type = Value.self) throws -> Value {
        guard let value = try value(key, as: Value.self) else {
            throw CinnabarError(
                .malformed,
                "\(path) has no metadata key '\(key)' among its \(keys.count), expected \(Value.expected)",
                hint: "convert the model again with a newer converter"
            )
        }
        return value
    }
}

/// What a metadata value can be read as.
package protocol GGUFReadable {
    /// For messages: `an integer`.
    static var expected: String { get }
    /// Nil for a value of another type.
    init?(_ value: GGUFValue) throws
}

extension Int: GGUFReadable {
    package static var expected: String { "an integer of at most \(Int.max)" }

    package init?(_ value: GGUFValue) {
        switch value {
        case .uint8(let value): self.init(value)
        case .int8(let value): self.init(value)
        case .uint16(let value): self.init(value)
        case .int16(let value): self.init(value)
        case .uint32(let value): self.init(value)
        case .int32(let value): self.init(value)
        case .uint64(let value): self.init(exactly: value)
        case .int64(let value): self.init(value)
        case .float32, .float64, .bool, .string, .array: return nil
        }
    }
}

extension Double: GGUFReadable {
    package static var expected: String { "a floating-point number" }

    /// A float32 gives the shortest decimal number that rounds to it: 1e-6, not 9.99999997475e-07.
    package init?(_ value: GGUFValue) {
        switch value {
        case .float32(let value): self = Double("\(value)") ?? Double(value)
        case .float64(let value): self = value
        default: return nil
        }
    }
}

extension Bool: GGUFReadable {
    package static var expected: String { "bool" }

    package init?(_ value: GGUFValue) {
        guard case .bool(let value) = value else { return nil }
        self = value
    }
}

extension String: GGUFReadable {
    package static var expected: String { "string" }

    package init?(_ value: GGUFValue) {
        guard case .string(let value) = value else { return nil }
        self = value
    }
}

extension Array: GGUFReadable where Element: GGUFReadable {
    package static var expected: String { "an array, each \(Element.expected)" }

    package init?(_ value: GGUFValue) throws {
        guard case .array(let array) = value else { return nil }
        // No capacity is reserved for a count until one element was of the right type.
        var elements: [Element] = []
        var isRight = true
        try array.forEach { value in
            guard isRight, let element = try Element(value) else { return isRight = false }
            elements.append(element)
        }
        guard isRight else { return nil }
        self = elements
    }
}
