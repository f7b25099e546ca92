import Common

/// Null, booleans, numbers and strings: regular languages.
extension SchemaCompiler {
    func scalar(_ condition: Condition, _ kind: Kinds) throws -> Language {
        let inside = try texts(condition, kind, [])
        switch kind {
        case .null: return inside == .nothing ? .nothing : .text("null")
        case .boolean: return inside == .everything ? .either([.text("true"), .text("false")]) : inside
        case .number: return inside == .everything ? JSONText.anyNumber : try checked(inside)
        default: return JSONText.quoted(inside == .everything ? JSONText.anyInside : try checked(inside))
        }
    }

    /// The insides of the strings that meet the condition.
    func keys(_ condition: Condition) throws -> Language {
        guard try kinds(condition, []).contains(.string) else { return .nothing }
        return try checked(texts(condition, .string, []))
    }

    /// A list as the tree of its beginnings; nothing where it is empty.
    private func checked(_ language: Language) throws -> Language {
        if let strings = language.listed { return .literals(strings) }
        return builder.probe.isEmpty(language) ? .nothing : language
    }

    /// The texts of one type that meet the condition; `everything` where it says nothing about it.
    private func texts(_ condition: Condition, _ kind: Kinds, _ path: Set<Int>) throws -> Language {
        switch condition {
        case .always: return .everything
        case .never: return .nothing
        case .all(let parts): return meet(try parts.map { try texts($0, kind, path) })
        case .any(let parts): return .either(try parts.map { try texts($0, kind, path) })
        case .one(let parts): return try exactlyOne(parts, kind, path)
        case .schema(let node, let isNegative):
            try checkProgress(node, path)
            return try texts(expanded(node, isNegative: isNegative), kind, path.union([node]))
        case .assertion(let assertion):
            guard assertion.kind == nil || assertion.kind == kind else { return .everything }
            switch assertion {
            case .kinds(let kinds): return kinds.contains(kind) ? .everything : .nothing
            case .boolean(let value): return .text(value ? "true" : "false")
            case .number(let texts, let isNegative), .string(let texts, let isNegative):
                guard isNegative else { return texts.positive }
                guard let negative = texts.negative else {
                    throw CinnabarError(
                        .unsupported,
                        "JSON Schema: a 'format', or a 'multipleOf' with a fraction, is not supported where a schema is "
                            + "negated, as in 'not', 'oneOf' or 'if'"
                    )
                }
                return negative
            default: return .everything
            }
        }
    }

    func checkProgress(_ node: Int, _ path: Set<Int>) throws {
        guard !path.contains(node) else {
            throw CinnabarError.malformedSchema(
                reader.document.nodes[node].pointer,
                "it refers to itself for the same value, without end"
            )
        }
        try step()
    }

    /// The intersection. A short list of texts is looked through here instead of in an automaton.
    private func meet(_ languages: [Language]) -> Language {
        let languages = languages.filter { $0 != .everything }
        let lists = languages.compactMap { language in language.listed.map { (language, $0) } }
        guard let (list, strings) = lists.min(by: { $0.1.count < $1.1.count }) else { return .both(languages) }
        let probe = builder.probe
        let left = languages.filter { $0 != list }.reduce(strings) { probe.members($0, of: $1) }
        return .either(left.map(Language.bytes))
    }

    private func exactlyOne(_ parts: [Condition], _ kind: Kinds, _ path: Set<Int>) throws -> Language {
        let languages = try parts.map { try texts($0, kind, path) }
        var found: [Language] = []
        for (index, language) in languages.enumerated() where language != .nothing {
            var demands = [language]
            for (other, part) in parts.enumerated() where other != index {
                try step()
                guard !builder.probe.isEmpty(meet([language, languages[other]])) else { continue }
                demands.append(try texts(negated(part), kind, path))
            }
            found.append(meet(demands))
        }
        return .either(found)
    }

    func negated(_ condition: Condition) throws -> Condition {
        guard let negated = condition.negated else {
            throw CinnabarError(.unsupported, "JSON Schema: 'uniqueItems' is not supported in a negation")
        }
        return negated
    }
}
