import Common

/// `items`, `prefixItems`, `additionalItems`, `contains`.
extension Keyword {
    func items() throws -> Condition {
        switch (key, value) {
        // A list of schemas was what `prefixItems` is now.
        case ("prefixItems", .array(let elements)), ("items", .array(let elements)):
            return .conjunction(try elements.indices.map { .assertion(.item($0, try schema("\($0)"))) })
        case ("prefixItems", _): throw malformed("is no list of schemas")
        case ("additionalItems", _):
            guard case .array(let elements)? = schema.value["items"] else { return .always }
            return try rest(elements.count)
        default:
            guard case .array(let elements)? = schema.value["prefixItems"] else { return try rest(0) }
            return try rest(elements.count)
        }
    }

    private func rest(_ start: Int) throws -> Condition {
        .assertion(.items(start, .schema(try reader.document.node(pointer), isNegative: false)))
    }

    func contains() throws -> Condition {
        var bounds = Bounds(minimum: 1)
        if reader.document.dialect == .draft2020 {
            if let minimum = schema.value["minContains"] {
                guard let count = try integer(minimum) else { throw malformed("has a 'minContains' that is no count") }
                bounds.minimum = count
            }
            if let maximum = schema.value["maxContains"] {
                guard let count = try integer(maximum) else { throw malformed("has a 'maxContains' that is no count") }
                bounds.maximum = count
            }
        }
        if bounds == .any { return .always }
        return .assertion(.contains(0, .schema(try reader.document.node(pointer), isNegative: false), bounds))
    }
}
