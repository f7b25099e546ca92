import Common

/// Reading stages of a `tokenizer.json`, which are objects with a `type`.
extension JSONValue {
    static func members(_ members: [String: JSONValue]) -> JSONValue {
        .object(members.sorted { $0.key < $1.key }.map { Member(key: $0.key, value: $0.value) })
    }

    var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
    var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    var type: String { self["type"]?.text ?? "without a type" }

    /// A member that is true or false; nil if it is absent.
    func flag(_ key: String) throws -> Bool? {
        guard let value = self[key] else { return nil }
        guard case .boolean(let flag) = value else {
            throw CinnabarError(.malformed, "'\(key)' is neither true nor false")
        }
        return flag
    }

    /// The stages of a sequence under this key, those of sequences within it included; else the stage itself.
    func stages(_ key: String) throws -> [JSONValue] {
        guard type == "Sequence" else { return [self] }
        guard let parts = self[key]?.array else { throw CinnabarError(.malformed, "a 'Sequence' has no '\(key)'") }
        return try parts.flatMap { try $0.stages(key) }
    }
}
