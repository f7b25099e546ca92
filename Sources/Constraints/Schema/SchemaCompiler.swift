package import Common

/// Conditions become rules.
///
/// A rule stands for a condition; what it demands of a value's parts are conditions again, which get rules of their own when
/// they are first met. So schemas may recur, and combinations of schemas (`allOf` of two recursive ones, a negation) are
/// rules like any others. Scalars are regular: conjunction is intersection there. Objects and arrays are brought into
/// disjunctive form, each case of which is merged into one `ObjectForm` or `ArrayForm`.
final class SchemaCompiler {
    let reader: SchemaReader
    let builder = GrammarBuilder()
    let style: JSONStyle
    private var rules: [Condition: Int] = [:]
    private var pending: [(rule: Int, condition: Condition)] = []
    /// Emptiness of conditions, and cases of schemas, as far as they are known.
    var emptiness: [Condition: Bool] = [:]
    var open: Set<Condition> = []
    private var knownKinds: [Condition: Kinds] = [:]
    var knownCases: [CaseKey: [Case]] = [:]
    var keyTexts: [Condition: Texts] = [:]
    private var work = 0

    static let ruleLimit = 20_000
    /// Most steps of all that could grow exponentially.
    static let workLimit = 400_000

    init(_ schema: JSONValue, style: JSONStyle) throws {
        self.style = style
        reader = SchemaReader(try SchemaDocument(schema), builder)
        builder.append(JSONRules.rules(style, base: 0))
    }

    func compile() throws -> Grammar {
        let root = Condition.schema(0, isNegative: false)
        let start = try value(root)
        while let next = pending.popLast() { builder.define(next.rule, try language(next.condition)) }
        let grammar = builder.grammar(start: start)
        guard grammar.start != .nothing, try !isEmpty(root) else {
            throw CinnabarError(.invalidArgument, "JSON Schema at #\(try contradiction(0)): no value is valid")
        }
        return grammar
    }

    /// Counts a step of what may grow without bound.
    func step(_ count: Int = 1) throws {
        work += count
        guard work <= Self.workLimit, builder.rules.count <= Self.ruleLimit else {
            throw CinnabarError(
                .unsupported,
                "JSON Schema: its alternatives combine in too many ways",
                hint: "make the schemas of 'oneOf', 'anyOf' and 'not' smaller or tell them apart by a constant property"
            )
        }
    }

    /// A value that meets the condition: a rule, or the language itself where it is small.
    func value(_ condition: Condition) throws -> Language {
        let condition = try resolved(condition)
        if condition == .always { return .rule(0) }
        if let rule = rules[condition] { return .rule(rule) }
        if try kinds(condition, []).isDisjoint(with: [.array, .object]) {
            let language = try language(condition)
            if language.isSmall { return language }
            return define(condition, language)
        }
        try step()
        let rule = builder.reserve(name(condition))
        rules[condition] = rule
        pending.append((rule, condition))
        return .rule(rule)
    }

    private func define(_ condition: Condition, _ language: Language) -> Language {
        let rule = builder.reserve(name(condition))
        rules[condition] = rule
        builder.define(rule, language)
        return .rule(rule)
    }

    private func name(_ condition: Condition) -> String {
        switch condition {
        case .schema(let node, let isNegative): (isNegative ? "not " : "") + "#" + reader.document.nodes[node].pointer
        case .all(let parts): parts.first.map(name) ?? "value"
        default: "value"
        }
    }

    /// Without references that lead to nothing but a reference.
    func resolved(_ condition: Condition) throws -> Condition {
        var condition = condition
        for _ in 0..<100 {
            guard case .schema(let node, false) = condition else { break }
            switch try reader.condition(node) {
            case .schema(let next, let isNegative): condition = .schema(next, isNegative: isNegative)
            case .always: return .always
            case .never: return .never
            default: return condition
            }
        }
        return condition
    }

    /// What a reference stands for.
    func expanded(_ node: Int, isNegative: Bool) throws -> Condition {
        let condition = try reader.condition(node)
        guard isNegative else { return condition }
        guard let negated = condition.negated else {
            throw CinnabarError.unsupportedSchema(
                reader.document.nodes[node].pointer,
                "keyword 'uniqueItems' is not supported where a schema is negated, as in 'not', 'oneOf' or 'if'"
            )
        }
        return negated
    }

    private func language(_ condition: Condition) throws -> Language {
        do {
            let kinds = try kinds(condition, [])
            return .either(try Kinds.each.filter { kinds.contains($0) }.map { try language(condition, $0) })
        } catch let error as CinnabarError where error.message.hasPrefix("JSON Schema: ") {
            // What several keywords are to blame for is said of the schema that they meet in.
            let message = error.message.dropFirst("JSON Schema: ".count)
            throw CinnabarError(error.code, "JSON Schema at \(name(condition)): \(message)", hint: error.hint)
        }
    }

    private func language(_ condition: Condition, _ kind: Kinds) throws -> Language {
        switch kind {
        case .object: return .either(try objectForms(condition).map(language))
        case .array: return .either(try arrayForms(condition).map(language))
        default: return try scalar(condition, kind)
        }
    }

    /// The types that a value may have, or more.
    func kinds(_ condition: Condition, _ seen: Set<Int>) throws -> Kinds {
        switch condition {
        case .always: return .all
        case .never: return []
        case .all(let parts): return try parts.reduce(.all) { $0.intersection(try kinds($1, seen)) }
        case .any(let parts), .one(let parts): return try parts.reduce([]) { $0.union(try kinds($1, seen)) }
        case .assertion(.kinds(let kinds)): return kinds
        case .assertion: return .all
        case .schema(let node, let isNegative):
            if let known = knownKinds[condition] { return known }
            guard !seen.contains(node) else { return .all }
            let found = try kinds(expanded(node, isNegative: isNegative), seen.union([node]))
            knownKinds[condition] = found
            return found
        }
    }
}

extension Language {
    /// Whether it is written where it is used instead of as a rule.
    fileprivate var isSmall: Bool {
        var count = 0
        func walk(_ language: Language) {
            count += 1
            guard count <= 24 else { return }
            switch language {
            case .nothing, .bytes, .byte, .rule: break
            case .sequence(let parts), .choice(let parts), .intersection(let parts): parts.forEach(walk)
            case .repetition(let part, _, _), .complement(let part): walk(part)
            }
        }
        walk(self)
        return count <= 24
    }
}

extension Grammar {
    /// The valid values of a JSON Schema (draft 2020-12, 7, 6 or 4).
    ///
    /// Every text is a valid value, formats included. Properties stand in the order of the schema, those without a name in
    /// it behind them; spellings are those of `JSONText`.
    ///
    /// - Throws: `unsupported` with the keyword and its JSON pointer for what no grammar is made for; `malformed` for what
    ///   is no schema; `invalidArgument` where no value is valid.
    package init(jsonSchema schema: JSONValue, style: JSONStyle = .compact) throws {
        self = try SchemaCompiler(schema, style: style).compile()
    }

    package init(jsonSchema text: String, style: JSONStyle = .compact) throws {
        try self.init(jsonSchema: JSONValue(json: text, name: "the JSON Schema"), style: style)
    }
}
