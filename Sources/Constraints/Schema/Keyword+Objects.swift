import Common

/// `properties`, `patternProperties`, `additionalProperties`, `propertyNames`, `dependencies` and its successors.
extension Keyword {
    func properties() throws -> Condition {
        .conjunction(try members().map { .assertion(.property(Name($0.key.utf8), try schema($0.key))) })
    }

    func patternProperties() throws -> Condition {
        .conjunction(
            try members().map {
                .assertion(.keys(KeySet(patterns: [try matches($0.key)]), try schema($0.key)))
            }
        )
    }

    func additionalProperties() throws -> Condition {
        var others = KeySet(isComplement: true)
        if case .object(let members)? = schema.value["properties"] {
            others.names = members.map { Name($0.key.utf8) }
        }
        if case .object(let members)? = schema.value["patternProperties"] {
            others.patterns = try members.map { try matches($0.key) }
        }
        return .assertion(.keys(others, .schema(try reader.document.node(pointer), isNegative: false)))
    }

    func propertyNames() throws -> Condition {
        .assertion(.keyNames(.schema(try reader.document.node(pointer), isNegative: false)))
    }

    func dependencies() throws -> Condition {
        .conjunction(
            try members().map { member in
                let demand: Condition
                if case .array = member.value, key != "dependentSchemas" {
                    demand = .conjunction(try names(member.value).map { .assertion(.has($0)) })
                } else if key == "dependentRequired" {
                    throw malformed("has a member that is no list of names")
                } else if case .string(let name) = member.value, reader.document.dialect == .draft4 {
                    demand = .assertion(.has(Name(name.utf8)))
                } else {
                    demand = try schema(member.key)
                }
                return .disjunction([.assertion(.lacks(Name(member.key.utf8))), demand])
            }
        )
    }
}
