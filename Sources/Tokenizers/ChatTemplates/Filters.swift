/// The filters, by name. Parameters are named as in Jinja, so that templates can give them as keywords.
enum Filters {
    static let table = Routine.table(strings, numbers, sequences, selections, order)

    private static let numbers: [String: Routine] = [
        "abs": Routine { renderer, value, _ in
            if case .float(let value) = value { return .float(value.magnitude) }
            guard let integer = value.integer else { throw TemplateFault("bad operand for abs: '\(value.typeName)'") }
            return try renderer.sign(.integer(integer), isNegative: integer < 0)
        },
        "int": Routine("default base") { _, value, arguments in
            try integer(value, base: arguments.integer(1) ?? 10) ?? arguments[0] ?? .integer(0)
        },
        "float": Routine("default") { _, value, arguments in
            if case .undefined(let reason) = value { throw TemplateFault(reason.string) }
            let number = value.double ?? value.text.flatMap { PythonNumber.float($0) }
            return number.map { .float($0) } ?? arguments[0] ?? .float(0)
        },
        "round": Routine("precision method") { _, value, arguments in
            try round(value, digits: arguments.integer(0) ?? 0, method: arguments.text(1) ?? Text("common"))
        },
    ]

    /// Nil where there is no number.
    private static func integer(_ value: PythonValue, base: Int) throws -> PythonValue? {
        switch value {
        case .undefined(let reason): throw TemplateFault(reason.string)
        case .float(let value): return value.isNaN ? nil : .integer(try PythonNumber.truncate(value))
        case .string(let text):
            if let integer = try PythonNumber.integer(text, base: base) { return .integer(integer) }
            guard let float = PythonNumber.float(text), float.isFinite else { return nil }
            return .integer(try PythonNumber.truncate(float))
        default: return value.integer.map { .integer($0) }
        }
    }

    private static func round(_ value: PythonValue, digits: Int, method: Text) throws -> PythonValue {
        guard ["common", "ceil", "floor"].contains(method.string) else {
            throw TemplateFault("the method of round must be common, ceil or floor")
        }
        guard let number = value.double else { throw TemplateFault("cannot round '\(value.typeName)'") }
        let unit = PythonNumber.power(ofTen: digits)
        switch method.string {
        case "ceil": return .float((number * unit).rounded(.up) / unit)
        case "floor": return .float((number * unit).rounded(.down) / unit)
        default: break
        }
        guard let integer = value.integer else { return .float(PythonNumber.round(number, digits: digits)) }
        guard digits < 0 else { return .integer(integer) }
        return .integer(try PythonNumber.truncate(PythonNumber.round(number, digits: digits)))
    }
}
