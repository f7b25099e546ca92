extension TemplateRenderer {
    func call(_ callee: PythonValue, _ arguments: Arguments) throws -> PythonValue {
        switch callee {
        case .undefined(let reason): throw TemplateFault(reason.string)
        case .macro(let place): return .string(try callMacro(macros[place], arguments))
        case .function(let name):
            guard let function = Functions.table[name] else { break }
            return try function.call(self, .none, arguments, name: name)
        case .method(let receiver, let name):
            guard let method = Methods.tables[receiver.typeName]?[name] else {
                throw TemplateFault.unsupported(
                    "the method '\(name.string)' of '\(receiver.typeName)' is not supported"
                )
            }
            // A string is read as a whole, a container only where it is copied.
            if case .string(let text) = receiver { try charge(text.count) }
            return try method.call(self, receiver, arguments, name: name)
        default: break
        }
        throw TemplateFault("'\(callee.typeName)' object is not callable")
    }

    /// Binds the arguments as Jinja does, runs the body in a scope of its own and returns what it writes.
    private func callMacro(_ closure: Closure, _ arguments: Arguments) throws -> Text {
        let macro = closure.macro
        var keywords = arguments.keywords
        func take(_ name: Text) -> PythonValue? {
            keywords.firstIndex { $0.name == name }.map { keywords.remove(at: $0).value }
        }
        let inner = Scope(in: closure.scope)
        var missing: [(name: Text, value: TemplateExpression?)] = []
        for (index, parameter) in macro.parameters.enumerated() {
            if let value = arguments[index] ?? take(parameter.name) {
                inner.variables[parameter.name] = value
            } else {
                missing.append(parameter)
            }
        }
        if macro.specials.contains(Text("caller")) {
            inner.variables[Text("caller")] = take(Text("caller")) ?? .undefined(because: "No caller defined")
        }
        if macro.specials.contains(Text("kwargs")) {
            inner.variables[Text("kwargs")] = try mapping(keywords.map { (.string($0.name), $0.value) })
        } else if let unknown = keywords.first {
            throw TemplateFault("macro '\(macro.name.string)' takes no keyword argument '\(unknown.name.string)'")
        }
        let rest = arguments.positional.dropFirst(macro.parameters.count).compactMap { $0 }
        if macro.specials.contains(Text("varargs")) {
            inner.variables[Text("varargs")] = try .tuple(rest)
        } else if !rest.isEmpty {
            throw TemplateFault(
                "macro '\(macro.name.string)' takes not more than \(macro.parameters.count) argument(s)"
            )
        }
        return try within(inner) {
            for (name, value) in missing {
                let reason = "parameter '\(name.string)' was not provided"
                inner.variables[name] = try value.map(evaluate) ?? .undefined(because: reason)
            }
            return try capture { try execute(macro.body) }.text
        }
    }
}
