import Cinnabar
import Common

/// The tools of a request, and whether one must be called.
struct ToolSet: Sendable {
    enum Choice: Sendable, Hashable {
        case none, auto, required
        case named(String)
    }

    /// What the model is told of.
    let tools: [Tool]
    let choice: Choice
    /// What text with calls must be; nil where nothing may be called.
    let constraint: Constraint?
    let warnings: [String]

    /// A tool as a client states it.
    struct Statement {
        var name: String
        var description: String?
        /// JSON Schema.
        var parameters: JSONValue?
        var isStrict = false
        /// Where it stands in the request.
        var place: String

        /// - Parameter schema: the dialect's key for the arguments' schema.
        init(_ fields: RequestFields, schema: String = "parameters", place: String) throws {
            name = try fields.required("name", fields.text("name"))
            description = try fields.text("description")
            parameters = fields.value(schema)
            isStrict = try fields.flag("strict") ?? false
            self.place = place
        }
    }

    static let mostCalls = 16
    static let mostTools = 256

    /// - Parameter answer: what a text without calls must be; nil for anything.
    /// - Throws: 400 for a tool that is named but not there, a bad name, or a strict schema that cannot be guaranteed.
    init(_ statements: [Statement], choice: Choice, isParallel: Bool, answer: Constraint?) throws {
        self.choice = choice
        guard statements.count <= Self.mostTools else {
            throw APIError.invalid("tools", "has \(statements.count) tools, at most \(Self.mostTools) are taken")
        }
        var callable: [(name: String, arguments: Constraint)] = []
        var (tools, warnings): ([Tool], [String]) = ([], [])
        for statement in statements {
            let (name, schema) = (statement.name, statement.parameters ?? ["type": "object"])
            guard (1...256).contains(name.utf8.count), !name.utf8.contains(where: { $0 < 0x20 }) else {
                throw APIError.invalid("\(statement.place).name", "must have 1 to 256 characters")
            }
            tools.append(Tool(name: name, description: statement.description, parameters: schema.json))
            let isCallable =
                switch choice {
                case .none: false
                case .auto, .required: true
                case .named(let wanted): wanted == name
                }
            guard isCallable else { continue }
            let format = try OutputFormat.arguments(
                schema,
                isStrict: statement.isStrict,
                place: "\(statement.place).parameters"
            )
            warnings += format.warnings
            callable.append((name, format.constraint))
        }
        if case .named(let name) = choice, callable.isEmpty {
            throw APIError.invalid("tool_choice", "names '\(name)', which is not among the tools")
        }
        if choice == .required, callable.isEmpty {
            throw APIError.invalid("tool_choice", "is 'required', but there are no tools")
        }
        (self.tools, self.warnings) = (tools, warnings)
        constraint =
            callable.isEmpty
            ? nil
            : .toolCalls(
                callable,
                most: isParallel ? Self.mostCalls : 1,
                orAnswer: choice == .auto ? answer.map { .constrained($0) } ?? .free : nil
            )
    }
}
