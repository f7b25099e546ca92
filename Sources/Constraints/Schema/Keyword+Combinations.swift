import Common

/// `allOf`, `anyOf`, `oneOf`, `if`, references.
extension Keyword {
    func schemas() throws -> [Condition] {
        guard case .array(let elements) = value, !elements.isEmpty else { throw malformed("is no list of schemas") }
        return try elements.indices.map { try schema("\($0)") }
    }

    func conditional() throws -> Condition {
        let test = try reader.document.node(pointer)
        func branch(_ key: String) throws -> Condition {
            guard schema.value[key] != nil else { return .always }
            return .schema(try reader.document.node("\(schema.pointer)/\(key)"), isNegative: false)
        }
        let (then, otherwise) = (try branch("then"), try branch("else"))
        if then == .always, otherwise == .always { return .always }
        return .disjunction([
            .conjunction([.schema(test, isNegative: false), then]),
            .conjunction([.schema(test, isNegative: true), otherwise]),
        ])
    }

    func target(_ resolve: (String) throws -> Int) throws -> Int {
        guard let reference = value.text else { throw malformed("is no text") }
        return try resolve(reference)
    }
}
