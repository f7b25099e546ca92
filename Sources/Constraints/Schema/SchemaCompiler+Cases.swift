import Common

/// Objects and arrays: the disjunctive form.
extension SchemaCompiler {
    /// Demands that hold together.
    typealias Case = [Assertion]

    struct CaseKey: Hashable {
        var node: Int
        var isNegative: Bool
        var kind: Kinds
    }

    static let caseLimit = 1_000
    /// How deep emptiness is looked for below a value.
    static let depthLimit = 24

    /// The ways in which a value of the type can meet the condition.
    func cases(_ condition: Condition, _ kind: Kinds, _ path: Set<Int> = []) throws -> [Case] {
        try step()
        switch condition {
        case .always: return [[]]
        case .never: return []
        case .assertion(.kinds(let kinds)): return kinds.contains(kind) ? [[]] : []
        case .assertion(let assertion): return assertion.kind == kind ? [[assertion]] : [[]]
        case .any(let parts): return Self.absorbed(try parts.flatMap { try cases($0, kind, path) })
        case .all(let parts):
            return try product(try parts.map { try cases($0, kind, path) }, kind)
        case .one(let parts): return try exactlyOne(parts, kind, path)
        case .schema(let node, let isNegative):
            try checkProgress(node, path)
            let key = CaseKey(node: node, isNegative: isNegative, kind: kind)
            if let known = knownCases[key] { return known }
            let found = try cases(expanded(node, isNegative: isNegative), kind, path.union([node]))
            knownCases[key] = found
            return found
        }
    }

    /// One case of each.
    private func product(_ factors: [[Case]], _ kind: Kinds) throws -> [Case] {
        if factors.contains(where: \.isEmpty) { return [] }
        var found: [Case] = [[]]
        for factor in factors {
            try step(found.count * factor.count)
            found = found.flatMap { left in factor.map { right in left + right.filter { !left.contains($0) } } }
            if found.count > 1 { found = Self.absorbed(try found.filter { try !isContradictory($0, kind) }) }
            guard found.count <= Self.caseLimit else {
                throw CinnabarError(
                    .unsupported,
                    "JSON Schema: its alternatives combine in more than \(Self.caseLimit) ways",
                    hint: "tell the schemas of 'oneOf' apart by a constant property"
                )
            }
        }
        return found
    }

    private func exactlyOne(_ parts: [Condition], _ kind: Kinds, _ path: Set<Int>) throws -> [Case] {
        let each = try parts.map { try cases($0, kind, path) }
        var found: [Case] = []
        for (index, own) in each.enumerated() where !own.isEmpty {
            var factors = [own]
            for (other, part) in parts.enumerated() where other != index && !each[other].isEmpty {
                // Schemas that exclude each other, as a rule by a constant property, need no negation.
                try step(own.count * each[other].count)
                let overlaps = try own.contains { left in
                    try each[other].contains { try !isContradictory(left + $0, kind) }
                }
                if overlaps { factors.append(try cases(negated(part), kind, path)) }
            }
            found += try product(factors, kind)
        }
        return Self.absorbed(found)
    }

    private func isContradictory(_ assertions: Case, _ kind: Kinds) throws -> Bool {
        kind == .object ? try objectForms(assertions).isEmpty : try arrayForm(assertions) == nil
    }

    /// Without cases that demand all that another one does.
    private static func absorbed(_ cases: [Case]) -> [Case] {
        guard (2...200).contains(cases.count) else { return cases }
        let sets = cases.map(Set.init)
        return cases.indices.filter { index in
            !cases.indices.contains { other in
                other != index && sets[other].isSubset(of: sets[index])
                    && (sets[other].count < sets[index].count || other < index)
            }
        }.map { cases[$0] }
    }

    func objectForms(_ condition: Condition) throws -> [ObjectForm] {
        try cases(condition, .object).flatMap(objectForms)
    }

    func arrayForms(_ condition: Condition) throws -> [ArrayForm] {
        try cases(condition, .array).compactMap(arrayForm)
    }

    /// Whether certainly no value meets the condition. Recursion counts as not empty.
    func isEmpty(_ condition: Condition) throws -> Bool {
        if condition == .always { return false }
        if condition == .never { return true }
        if let known = emptiness[condition] { return known }
        guard open.count < Self.depthLimit, open.insert(condition).inserted else { return false }
        defer { open.remove(condition) }
        try step()
        let possible = try kinds(condition, [])
        let isEmpty = try Kinds.each.allSatisfy { kind in
            guard possible.contains(kind) else { return true }
            switch kind {
            case .object: return try objectForms(condition).isEmpty
            case .array: return try arrayForms(condition).isEmpty
            default: return try scalar(condition, kind) == .nothing
            }
        }
        emptiness[condition] = isEmpty
        return isEmpty
    }

    /// The innermost schema that no value can meet, at or below a node that has none.
    func contradiction(_ node: Int) throws -> String {
        var node = node
        for _ in 0..<SchemaDocument.depthLimit {
            let schema = reader.document.nodes[node]
            var places = ["allOf", "anyOf", "oneOf"].flatMap { key -> [String] in
                guard case .array(let elements)? = schema.value[key] else { return [] }
                return elements.indices.map { "/\(key)/\($0)" }
            }
            if case .array(let required)? = schema.value["required"] {
                places += required.compactMap(\.text).map { "/properties/\(SchemaDocument.escaped($0))" }
            }
            let inner = try places.lazy.compactMap { try? self.reader.document.node(schema.pointer + $0) }.first {
                try self.isEmpty(.schema($0, isNegative: false))
            }
            guard let inner else { break }
            node = inner
        }
        return reader.document.nodes[node].pointer
    }
}
