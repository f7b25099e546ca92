extension TemplateParser {
    /// Statements up to a tag with one of some words, which is left to be read, or to the end.
    mutating func statements(until words: [String]) throws -> [TemplateStatement] {
        var statements: [TemplateStatement] = []
        while true {
            let line = line
            switch token.kind {
            case .text(let text):
                advance()
                statements.append(TemplateStatement(line: line, kind: .text(text)))
            case .beginOutput:
                advance()
                statements.append(TemplateStatement(line: line, kind: .output(try tuple())))
                try expect(.endOutput)
            case .beginBlock:
                advance()
                if words.contains(where: { isAt(word: $0) }) { return statements }
                let kind = try nested { try $0.statement() }
                statements.append(TemplateStatement(line: line, kind: kind))
                try expect(.endBlock)
            case .end where words.isEmpty: return statements
            default: throw fail("expected '\(words.joined(separator: "' or '"))', got \(token.description)")
            }
        }
    }

    /// The statements of a block and the word that ends it.
    private mutating func body(until words: String...) throws -> (statements: [TemplateStatement], end: Text) {
        _ = take(":")
        try expect(.endBlock)
        let statements = try statements(until: words)
        return (statements, try name())
    }

    private mutating func statement() throws -> TemplateStatement.Kind {
        let word = try name().string
        switch word {
        case "if": return try condition()
        case "for": return try loop()
        case "set": return try assignment()
        case "macro": return try macroDefinition()
        case "call": return try callBlock()
        case "filter":
            let filters = try filters(first: routineCall())
            return .capture(nil, filters, try body(until: "endfilter").statements)
        case "with": return try with()
        case "generation": return .scope([], try outsideLoops { try $0.body(until: "endgeneration").statements })
        case "break", "continue":
            guard loops > 0 else { throw fail("'\(word)' outside a loop") }
            return word == "break" ? .breakLoop : .continueLoop
        default: throw fail("the tag '\(word)' is unknown or misplaced")
        }
    }

    private mutating func condition() throws -> TemplateStatement.Kind {
        var branches: [(test: TemplateExpression, body: [TemplateStatement])] = []
        while true {
            let test = try tuple(isConditional: false)
            let (statements, end) = try body(until: "elif", "else", "endif")
            branches.append((test, statements))
            switch end.string {
            case "elif": continue
            case "else": return .condition(branches, otherwise: try body(until: "endif").statements)
            default: return .condition(branches, otherwise: [])
            }
        }
    }

    private mutating func loop() throws -> TemplateStatement.Kind {
        loops += 1
        let target = try target()
        guard take(word: "in") else { throw fail("expected 'in', got \(token.description)") }
        let iterable = try tuple(isConditional: false)
        let test = take(word: "if") ? try expression() : nil
        guard !isAt(word: "recursive") else { throw fail("'recursive' loops are not supported") }
        let (statements, end) = try body(until: "endfor", "else")
        loops -= 1
        let otherwise = end == Text("else") ? try body(until: "endfor").statements : []
        return .loop(
            TemplateLoop(target: target, iterable: iterable, test: test, body: statements, otherwise: otherwise)
        )
    }

    private mutating func assignment() throws -> TemplateStatement.Kind {
        let target = try target(isNamespaced: true)
        if take("=") { return .assign(target, try tuple()) }
        let filters = try filters()
        return .capture(target, filters, try body(until: "endset").statements)
    }

    private mutating func with() throws -> TemplateStatement.Kind {
        var values: [(target: TemplateTarget, value: TemplateExpression)] = []
        while token.kind != .endBlock {
            if !values.isEmpty { try expect(",") }
            let target = try target()
            try expect("=")
            values.append((target, try expression()))
        }
        return .scope(values, try body(until: "endwith").statements)
    }

    private mutating func macroDefinition() throws -> TemplateStatement.Kind {
        let name = try name()
        return .macro(try macro(name, parameters: parameters(), end: "endmacro"))
    }

    private mutating func callBlock() throws -> TemplateStatement.Kind {
        let parameters = isAt("(") ? try parameters() : []
        let call = try expression()
        guard case .chain(_, let suffixes) = call, case .call = suffixes.last else { throw fail("expected a call") }
        return .call(call, caller: try macro(Text("caller"), parameters: parameters, end: "endcall"))
    }

    private mutating func macro(
        _ name: Text,
        parameters: [(name: Text, value: TemplateExpression?)],
        end: String
    ) throws -> TemplateMacro {
        specials.append([])
        let body = try outsideLoops { try $0.body(until: end).statements }
        let declared = Set(parameters.map(\.name))
        let mentioned = specials.removeLast().subtracting(declared)
        if !specials.isEmpty { specials[specials.count - 1].formUnion(mentioned) }
        return TemplateMacro(name: name, parameters: parameters, body: body, specials: mentioned)
    }

    private mutating func parameters() throws -> [(name: Text, value: TemplateExpression?)] {
        var parameters: [(name: Text, value: TemplateExpression?)] = []
        try expect("(")
        while !take(")") {
            if !parameters.isEmpty { try expect(",") }
            let name = try name()
            let value = take("=") ? try expression() : nil
            guard value != nil || parameters.last?.value == nil else {
                throw fail("the parameter '\(name.string)' has no default, but one before it has")
            }
            parameters.append((name, value))
        }
        return parameters
    }

    /// A body that is a function of its own: `break` cannot leave it.
    private mutating func outsideLoops<Node>(_ parse: (inout TemplateParser) throws -> Node) throws -> Node {
        let around = loops
        loops = 0
        defer { loops = around }
        return try parse(&self)
    }

    /// What is assigned to: a name, a namespace's attribute where allowed, or several of them.
    private mutating func target(isNamespaced: Bool = false) throws -> TemplateTarget {
        var targets: [TemplateTarget] = []
        while true {
            targets.append(try nested { try $0.singleTarget(isNamespaced: isNamespaced) })
            guard take(",") else { return targets.count == 1 ? targets[0] : .tuple(targets) }
            if token.kind == .endBlock || isAt(")") { return .tuple(targets) }
        }
    }

    private static let constants = ["true", "false", "True", "False", "none", "None"].map(Text.init)

    private mutating func singleTarget(isNamespaced: Bool) throws -> TemplateTarget {
        if take("(") {
            let target = try target()
            try expect(")")
            return target
        }
        let name = try name()
        guard !Self.constants.contains(name) else { throw fail("cannot assign to '\(name.string)'") }
        if isNamespaced, take(".") { return .attribute(of: name, try self.name()) }
        guard loops == 0 || name != Text("loop") else { throw fail("cannot assign to 'loop' in a loop") }
        return .name(name)
    }
}
