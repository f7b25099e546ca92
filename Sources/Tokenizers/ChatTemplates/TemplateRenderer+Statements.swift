import Common

extension TemplateRenderer {
    /// How a statement ended.
    enum Flow { case next, breakLoop, continueLoop }

    func execute(_ statements: [TemplateStatement]) throws -> Flow {
        try descend {
            for statement in statements {
                try charge()
                do {
                    let flow = try execute(statement.kind)
                    if flow != .next { return flow }
                } catch let fault as TemplateFault {
                    throw fault.at(line: statement.line)
                }
            }
            return .next
        }
    }

    private func execute(_ statement: TemplateStatement.Kind) throws -> Flow {
        switch statement {
        case .text(let text): try write(text)
        case .output(let expression): try write(str(evaluate(expression)))
        case .condition(let branches, let otherwise):
            for (test, body) in branches where try isTrue(evaluate(test)) { return try execute(body) }
            return try execute(otherwise)
        case .loop(let loop): return try execute(loop)
        case .assign(let target, let expression): try assign(target, evaluate(expression))
        case .capture(let target, let filters, let body): return try execute(captured: body, filters, target)
        case .macro(let macro): scope.variables[macro.name] = try closure(macro)
        case .call(let call, let caller): try write(str(evaluateCall(call, caller: closure(caller))))
        case .scope(let values, let body):
            let inner = Scope(in: scope)
            for (target, value) in values {
                let value = try evaluate(value)
                try within(inner) { try assign(target, value) }
            }
            return try within(inner) { try execute(body) }
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        }
        return .next
    }

    private func execute(
        captured body: [TemplateStatement],
        _ filters: [TemplateRoutineCall],
        _ target: TemplateTarget?
    ) throws -> Flow {
        let inner = Scope(in: scope)
        let (text, flow) = try capture { try within(inner) { try execute(body) } }
        guard flow == .next else { return flow }
        let value = try within(inner) {
            try filters.reduce(PythonValue.string(text)) { try apply($1, to: $0) }
        }
        if let target { try assign(target, value) } else { try write(str(value)) }
        return .next
    }

    private func closure(_ macro: TemplateMacro) throws -> PythonValue {
        try charge(16)
        macros.append(Closure(macro: macro, scope: scope))
        return .macro(macros.count - 1)
    }

    func assign(_ target: TemplateTarget, _ value: PythonValue) throws {
        switch target {
        case .name(let name): scope.variables[name] = value
        case .attribute(let owner, let name):
            guard case .namespace(let place) = scope[owner] else {
                throw TemplateFault("cannot assign to an attribute of '\(owner.string)', which is no namespace")
            }
            namespaces[place].attributes[name] = value
        case .tuple(let targets):
            let items = try iterate(value)
            guard items.count == targets.count else {
                throw TemplateFault("\(items.count) values for \(targets.count) names")
            }
            for (target, item) in zip(targets, items) { try assign(target, item) }
        }
    }
}
