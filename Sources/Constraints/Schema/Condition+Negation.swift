extension Condition {
    /// What the others meet. `unique` has no negation: nil.
    var negated: Condition? {
        switch self {
        case .always: return .never
        case .never: return .always
        case .all(let parts): return Self.negated(parts).map(Condition.disjunction)
        case .any(let parts): return Self.negated(parts).map(Condition.conjunction)
        case .one(let parts):
            // None, or two of them.
            guard let others = Self.negated(parts) else { return nil }
            let pairs = parts.indices.flatMap { i in parts[(i + 1)...].map { Condition.conjunction([parts[i], $0]) } }
            return .disjunction([.conjunction(others)] + pairs)
        case .assertion(let assertion): return assertion.negated
        case .schema(let node, let isNegative): return .schema(node, isNegative: !isNegative)
        }
    }

    private static func negated(_ parts: [Condition]) -> [Condition]? {
        let negated = parts.compactMap(\.negated)
        return negated.count == parts.count ? negated : nil
    }
}

extension Assertion {
    fileprivate var negated: Condition? {
        switch self {
        case .kinds(let kinds): return .kinds(kinds.complement)
        case .boolean(let value): return .typed(.boolean, [.boolean(!value)])
        case .number(let texts, let isNegative): return .typed(.number, [.number(texts, isNegative: !isNegative)])
        case .string(let texts, let isNegative): return .typed(.string, [.string(texts, isNegative: !isNegative)])
        case .has(let name): return .typed(.object, [.lacks(name)])
        case .lacks(let name): return .typed(.object, [.has(name)])
        case .property(let name, let condition):
            return condition.negated.map { .typed(.object, [.has(name), .property(name, $0)]) }
        case .keys(let keys, let condition):
            return condition.negated.map { .typed(.object, [.someKey(keys, $0)]) }
        case .someKey(let keys, let condition):
            return condition.negated.map { .typed(.object, [.keys(keys, $0)]) }
        case .keyNames(let condition): return condition.negated.map { .typed(.object, [.someKeyName($0)]) }
        case .someKeyName(let condition): return condition.negated.map { .typed(.object, [.keyNames($0)]) }
        case .propertyCount(let bounds):
            return .disjunction(bounds.complement.map { .typed(.object, [.propertyCount($0)]) })
        case .item(let index, let condition):
            return condition.negated.map {
                .typed(.array, [.length(Bounds(minimum: index + 1)), .item(index, $0)])
            }
        case .items(let start, let condition):
            return condition.negated.map { .typed(.array, [.contains(start, $0, Bounds(minimum: 1))]) }
        case .contains(let start, let condition, let bounds):
            return .disjunction(bounds.complement.map { .typed(.array, [.contains(start, condition, $0)]) })
        case .length(let bounds):
            return .disjunction(bounds.complement.map { .typed(.array, [.length($0)]) })
        case .unique: return nil
        }
    }
}
