/// The arguments of a call. Bound to parameters, `positional` has one place for each of them, nil where none was given.
struct Arguments {
    var positional: [PythonValue?] = []
    var keywords: [(name: Text, value: PythonValue)] = []

    subscript(index: Int) -> PythonValue? { index < positional.count ? positional[index] : nil }

    /// An argument that is neither absent nor `none`.
    func given(_ index: Int) -> PythonValue? {
        guard let value = self[index] else { return nil }
        if case .none = value { return nil }
        return value
    }

    /// A string, nil if absent or `none`.
    func text(_ index: Int) throws -> Text? {
        guard let value = given(index) else { return nil }
        guard case .string(let text) = value else { throw TemplateFault("expected a string, not '\(value.typeName)'") }
        return text
    }

    /// An integer, nil if absent or `none`.
    func integer(_ index: Int) throws -> Int? {
        guard let value = given(index) else { return nil }
        guard let integer = value.integer else { throw TemplateFault("expected an integer, not '\(value.typeName)'") }
        return integer
    }

    /// A count where a negative number means all.
    func limit(_ index: Int) throws -> Int {
        guard let count = try integer(index), count >= 0 else { return .max }
        return count
    }
}

/// A filter, test, method or function: the names of its parameters, and what it does with its receiver and their values.
struct Routine: Sendable {
    typealias Body = @Sendable (TemplateRenderer, PythonValue, Arguments) throws -> PythonValue

    /// Nil where any arguments are taken as they come.
    private let parameters: [Text]?
    private let required: Int
    private let body: Body

    /// - Parameter parameters: names with blanks between them, of which the first `required` must be given.
    init(_ parameters: String = "", required: Int = 0, _ body: @escaping Body) {
        self.parameters = parameters.split(separator: " ").map { Text(String($0)) }
        self.required = required
        self.body = body
    }

    init(anyArguments body: @escaping Body) {
        parameters = nil
        required = 0
        self.body = body
    }

    func call(
        _ renderer: TemplateRenderer,
        _ receiver: PythonValue,
        _ arguments: Arguments,
        name: Text
    ) throws -> PythonValue {
        guard let parameters else { return try body(renderer, receiver, arguments) }
        var bound = Arguments(positional: arguments.positional)
        guard bound.positional.count <= parameters.count else {
            throw TemplateFault("'\(name.string)' takes at most \(parameters.count) argument(s)")
        }
        bound.positional += Array(repeating: nil, count: parameters.count - bound.positional.count)
        for (keyword, value) in arguments.keywords {
            guard let index = parameters.firstIndex(of: keyword), bound.positional[index] == nil else {
                throw TemplateFault("'\(name.string)' has no free parameter '\(keyword.string)'")
            }
            bound.positional[index] = value
        }
        guard bound.positional.prefix(required).allSatisfy({ $0 != nil }) else {
            throw TemplateFault("'\(name.string)' needs \(required) argument(s)")
        }
        return try body(renderer, receiver, bound)
    }

    /// A table under the names as templates have them.
    static func table(_ parts: [String: Routine]...) -> [Text: Routine] {
        var table: [Text: Routine] = [:]
        for (name, routine) in parts.joined() { table[Text(name)] = routine }
        return table
    }
}
