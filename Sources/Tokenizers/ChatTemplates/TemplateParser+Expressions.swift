extension TemplateParser {
    /// An expression, or several with commas between them.
    ///
    /// - Parameter isConditional: whether `if` may stand behind an expression; in `for` and `if` it means something else.
    mutating func tuple(isConditional: Bool = true) throws -> TemplateExpression {
        var items: [TemplateExpression] = []
        while true {
            if !items.isEmpty, isAtTupleEnd { return .tuple(items) }
            items.append(try expression(isConditional: isConditional))
            guard take(",") else { return items.count == 1 ? items[0] : .tuple(items) }
        }
    }

    private var isAtTupleEnd: Bool { token.kind == .endOutput || token.kind == .endBlock || isAt(")") }

    mutating func expression(isConditional: Bool = true) throws -> TemplateExpression {
        try nested { try isConditional ? $0.conditional() : $0.disjunction() }
    }

    private mutating func conditional() throws -> TemplateExpression {
        let value = try disjunction()
        guard take(word: "if") else { return value }
        let test = try disjunction()
        let otherwise = take(word: "else") ? try expression() : nil
        guard !isAt(word: "if") else { throw fail("a second 'if' behind a conditional expression is not supported") }
        return .conditional(test: test, value, otherwise: otherwise)
    }

    private mutating func disjunction() throws -> TemplateExpression {
        var terms = [try conjunction()]
        while take(word: "or") { terms.append(try conjunction()) }
        return terms.count == 1 ? terms[0] : .or(terms)
    }

    private mutating func conjunction() throws -> TemplateExpression {
        var terms = [try negation()]
        while take(word: "and") { terms.append(try negation()) }
        return terms.count == 1 ? terms[0] : .and(terms)
    }

    private mutating func negation() throws -> TemplateExpression {
        if take(word: "not") { return .not(try nested { try $0.negation() }) }
        return try comparison()
    }

    private mutating func comparison() throws -> TemplateExpression {
        let first = try arithmetic()
        var rest: [(sign: String, operand: TemplateExpression)] = []
        while let sign = takeComparison() { rest.append((sign, try arithmetic())) }
        return rest.isEmpty ? first : .comparison(first, rest)
    }

    private mutating func takeComparison() -> String? {
        for sign in ["==", "!=", "<=", ">=", "<", ">"] where take(sign) { return sign }
        if take(word: "in") { return "in" }
        guard isAt(word: "not"), isNext(.name(Text("in"))) else { return nil }
        advance()
        advance()
        return "not in"
    }

    /// The operators from the loosest to the tightest; all of them group from the left.
    private static let levels = [["+", "-"], ["~"], ["*", "/", "//", "%"], ["**"]]

    private mutating func arithmetic(level: Int = 0) throws -> TemplateExpression {
        guard level < Self.levels.count else { return try unary() }
        let first = try arithmetic(level: level + 1)
        var rest: [(sign: String, operand: TemplateExpression)] = []
        while let sign = Self.levels[level].first(where: { isAt($0) }) {
            advance()
            rest.append((sign, try arithmetic(level: level + 1)))
        }
        return rest.isEmpty ? first : .arithmetic(first, rest)
    }

    /// A sign binds tighter than filters and tests, looser than attributes and calls.
    private mutating func unary(isFiltered: Bool = true) throws -> TemplateExpression {
        var node: TemplateExpression
        if isAt("-") || isAt("+") {
            let isNegative = isAt("-")
            advance()
            node = .unary(isNegative: isNegative, try nested { try $0.unary(isFiltered: false) })
        } else {
            node = try primary()
        }
        var suffixes = try postfixes()
        if isFiltered { suffixes += try filtersAndTests() }
        if !suffixes.isEmpty { node = .chain(node, suffixes) }
        return node
    }

    private mutating func postfixes() throws -> [TemplateExpression.Suffix] {
        var suffixes: [TemplateExpression.Suffix] = []
        while true {
            if take(".") {
                if case .integer(let index) = token.kind {
                    advance()
                    suffixes.append(.item(.constant(.integer(index))))
                } else {
                    suffixes.append(.attribute(try name()))
                }
            } else if take("[") {
                suffixes.append(try subscription())
            } else if isAt("(") {
                suffixes.append(.call(try arguments()))
            } else {
                return suffixes
            }
        }
    }

    private mutating func subscription() throws -> TemplateExpression.Suffix {
        var items: [TemplateExpression] = []
        while !take("]") {
            if !items.isEmpty { try expect(",") }
            let first = isAt(":") ? nil : try expression()
            if isAt(":") {
                var bounds = [first]
                while bounds.count < 3, take(":") {
                    bounds.append(isAt(":") || isAt("]") ? nil : try expression())
                }
                try expect("]")
                guard items.isEmpty else { throw fail("several slices are not supported") }
                return .slice(bounds)
            }
            if let first { items.append(first) }
        }
        return .item(items.count == 1 ? items[0] : .tuple(items))
    }

    private mutating func filtersAndTests() throws -> [TemplateExpression.Suffix] {
        var suffixes: [TemplateExpression.Suffix] = []
        while true {
            if take("|") {
                suffixes.append(.filter(try routineCall()))
            } else if take(word: "is") {
                suffixes.append(try test())
            } else if isAt("(") {
                suffixes.append(.call(try arguments()))
            } else {
                return suffixes
            }
        }
    }

    /// `|name(arguments)`, any number of times.
    mutating func filters(first: TemplateRoutineCall? = nil) throws -> [TemplateRoutineCall] {
        var filters = first.map { [$0] } ?? []
        while take("|") { filters.append(try routineCall()) }
        return filters
    }

    mutating func routineCall() throws -> TemplateRoutineCall {
        var call = TemplateRoutineCall(name: try name())
        if isAt("(") { call.arguments = try arguments() }
        return call
    }

    /// A test; its one argument may stand without parentheses.
    private mutating func test() throws -> TemplateExpression.Suffix {
        let isNegated = take(word: "not")
        var call = TemplateRoutineCall(name: try name())
        guard !isAt(word: "is") else { throw fail("two tests behind one another") }
        if isAt("(") {
            call.arguments = try arguments()
        } else if beginsOperand {
            let operand = try primary()
            let suffixes = try postfixes()
            call.arguments.positional = [suffixes.isEmpty ? operand : .chain(operand, suffixes)]
        }
        return .test(call, isNegated: isNegated)
    }

    private var beginsOperand: Bool {
        switch token.kind {
        case .name(let name): !["else", "or", "and"].map(Text.init).contains(name)
        case .string, .integer, .float: true
        case .sign(let sign): sign == "[" || sign == "{"
        default: false
        }
    }

    mutating func arguments() throws -> TemplateArguments {
        var arguments = TemplateArguments()
        var isFirst = true
        try expect("(")
        while !take(")") {
            if !isFirst {
                try expect(",")
                if take(")") { break }
            }
            isFirst = false
            if arguments.spread == nil, arguments.keywordSpread == nil, take("*") {
                arguments.spread = try expression()
            } else if arguments.keywordSpread == nil, take("**") {
                arguments.keywordSpread = try expression()
            } else if case .name(let name) = token.kind, isNext(.sign("=")), arguments.keywordSpread == nil {
                advance()
                advance()
                arguments.keywords.append((name, try expression()))
            } else if arguments.keywords.isEmpty, arguments.spread == nil, arguments.keywordSpread == nil {
                arguments.positional.append(try expression())
            } else {
                throw fail("a positional argument behind others, at \(token.description)")
            }
        }
        return arguments
    }

    private static let constants: [String: PythonValue] = [
        "true": .boolean(true), "True": .boolean(true), "false": .boolean(false), "False": .boolean(false),
        "none": .none, "None": .none,
    ]

    private mutating func primary() throws -> TemplateExpression {
        let kind = token.kind
        advance()
        switch kind {
        case .name(let name):
            if let value = Self.constants[name.string] { return .constant(value) }
            if TemplateMacro.specialNames.contains(name), !specials.isEmpty {
                specials[specials.count - 1].insert(name)
            }
            return .name(name)
        case .string(var text):
            while case .string(let more) = token.kind {
                text += more
                advance()
            }
            return .constant(.string(text))
        case .integer(let value): return .constant(.integer(value))
        case .float(let value): return .constant(.float(value))
        case .sign("("):
            if take(")") { return .tuple([]) }
            let node = try tuple()
            try expect(")")
            return node
        case .sign("["): return .list(try elements(closing: "]") { try $0.expression() })
        case .sign("{"):
            return .mapping(
                try elements(closing: "}") { parser in
                    let key = try parser.expression()
                    try parser.expect(":")
                    return (key, try parser.expression())
                }
            )
        default: throw fail("unexpected \(TemplateToken(kind: kind, line: 0).description)")
        }
    }

    /// Elements with commas between them, also behind the last one.
    private mutating func elements<Element>(
        closing sign: String,
        _ element: (inout TemplateParser) throws -> Element
    ) throws -> [Element] {
        var elements: [Element] = []
        while !take(sign) {
            if !elements.isEmpty {
                try expect(",")
                if take(sign) { break }
            }
            elements.append(try element(&self))
        }
        return elements
    }
}
