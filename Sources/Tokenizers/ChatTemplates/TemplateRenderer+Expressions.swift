extension TemplateRenderer {
    func evaluate(_ expression: TemplateExpression) throws -> PythonValue {
        try charge()
        switch expression {
        case .constant(let value): return value
        case .name(let name): return scope[name] ?? .undefined(because: "'\(name.string)' is undefined")
        default: return try descend { try evaluateTree(expression) }
        }
    }

    private func evaluateTree(_ expression: TemplateExpression) throws -> PythonValue {
        switch expression {
        case .constant, .name: return try evaluate(expression)
        case .list(let items): return try .list(evaluate(all: items))
        case .tuple(let items): return try .tuple(evaluate(all: items))
        case .mapping(let pairs): return try mapping(pairs.map { (try evaluate($0), try evaluate($1)) })
        case .chain(let base, let suffixes): return try suffixes.reduce(evaluate(base)) { try apply($1, to: $0) }
        case .unary(let isNegative, let operand): return try sign(evaluate(operand), isNegative: isNegative)
        case .arithmetic(let first, let rest):
            return try rest.reduce(evaluate(first)) { try arithmetic($1.sign, $0, evaluate($1.operand)) }
        case .comparison(let first, let rest): return .boolean(try compare(first, rest))
        case .not(let operand): return .boolean(try !isTrue(evaluate(operand)))
        case .and(let terms): return try firstTerm(terms) { try !isTrue($0) }
        case .or(let terms): return try firstTerm(terms) { try isTrue($0) }
        case .conditional(let test, let value, let otherwise):
            if try isTrue(evaluate(test)) { return try evaluate(value) }
            if let otherwise { return try evaluate(otherwise) }
            return .undefined(because: "the condition of an expression without 'else' is false")
        }
    }

    private func evaluate(all expressions: [TemplateExpression]) throws -> [PythonValue] {
        try charge(4 * expressions.count)
        return try expressions.map { try evaluate($0) }
    }

    /// A dictionary; its keys are walked.
    func mapping(_ pairs: [(key: PythonValue, value: PythonValue)]) throws -> PythonValue {
        for (key, _) in pairs { try charge(8 + min(key.weight, limits.work)) }
        return try .mapping(pairs)
    }

    /// The first term that decides, or the last one.
    private func firstTerm(
        _ terms: [TemplateExpression],
        _ decides: (PythonValue) throws -> Bool
    ) throws -> PythonValue {
        var value = PythonValue.none
        for term in terms {
            value = try evaluate(term)
            if try decides(value) { break }
        }
        return value
    }

    /// A chain of comparisons, each of which must hold; `a < b < c` evaluates `b` once.
    private func compare(
        _ first: TemplateExpression,
        _ rest: [(sign: String, operand: TemplateExpression)]
    ) throws -> Bool {
        var left = try evaluate(first)
        for (sign, operand) in rest {
            let right = try evaluate(operand)
            guard try compare(sign, left, right) else { return false }
            left = right
        }
        return true
    }

    private func apply(_ suffix: TemplateExpression.Suffix, to value: PythonValue) throws -> PythonValue {
        try charge()
        switch suffix {
        case .attribute(let name): return try attribute(name, of: value)
        case .item(let key): return try item(evaluate(key), of: value)
        case .slice(let bounds): return try slice(value, bounds.map { try $0.map(evaluate) })
        case .call(let arguments): return try call(value, evaluate(arguments))
        case .filter(let filter): return try apply(filter, to: value)
        case .test(let test, let isNegated):
            let holds = try self.test(test.name, value, evaluate(test.arguments))
            return .boolean(holds != isNegated)
        }
    }

    func apply(_ filter: TemplateRoutineCall, to value: PythonValue) throws -> PythonValue {
        try self.filter(filter.name, value, evaluate(filter.arguments))
    }

    func filter(_ name: Text, _ value: PythonValue, _ arguments: Arguments) throws -> PythonValue {
        guard let filter = Filters.table[name] else { throw TemplateFault.unsupported("no filter '\(name.string)'") }
        return try descend { try filter.call(self, value, arguments, name: name) }
    }

    func test(_ name: Text, _ value: PythonValue, _ arguments: Arguments) throws -> Bool {
        guard let test = Tests.table[name] else { throw TemplateFault.unsupported("no test '\(name.string)'") }
        return try isTrue(test.call(self, value, arguments, name: name))
    }

    /// The call of a call block.
    func evaluateCall(_ call: TemplateExpression, caller: PythonValue) throws -> PythonValue {
        guard case .chain(let base, let suffixes) = call, case .call(let arguments) = suffixes.last else {
            throw TemplateFault("expected a call")
        }
        let callee = try suffixes.dropLast().reduce(evaluate(base)) { try apply($1, to: $0) }
        var values = try evaluate(arguments)
        values.keywords.append((Text("caller"), caller))
        return try self.call(callee, values)
    }

    private func evaluate(_ arguments: TemplateArguments) throws -> Arguments {
        var values = Arguments(positional: try evaluate(all: arguments.positional))
        values.keywords = try arguments.keywords.map { ($0, try evaluate($1)) }
        if let spread = arguments.spread { values.positional += try iterate(evaluate(spread)) }
        if let spread = arguments.keywordSpread {
            guard case .mapping(let mapping) = try evaluate(spread) else {
                throw TemplateFault("no mapping behind '**'")
            }
            try charge(mapping.keys.count)
            for (key, value) in zip(mapping.keys, mapping.values) {
                guard let name = key.text, !values.keywords.contains(where: { $0.name == name }) else {
                    throw TemplateFault("a keyword that is no string or is given twice")
                }
                values.keywords.append((name, value))
            }
        }
        return values
    }
}
