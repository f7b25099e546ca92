/// JSON with what Foundation's reader loses: the order of keys, and whether a number was written as an integer.
package enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// A key and its value. The keys of an object differ in their code points.
    package struct Member: Sendable, Equatable {
        package var key: String
        package var value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The value of a key, nil where this is not an object, has no such key or null there. Cost: the number of keys.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self, let value = members.first(where: { $0.key == key })?.value else {
            return nil
        }
        return value == .null ? nil : value
    }

    package var text: String? {
        if case .string(let text) = self { text } else { nil }
    }
}
