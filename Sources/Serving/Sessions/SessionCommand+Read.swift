import Cinnabar
import Common

extension SessionCommand {
    private enum Name: String, CaseIterable {
        case run, pause, step, pin, unpin, lock, replace, rollback, constrain, stop
    }

    private static let positions = 0...(1 << 24)

    /// Reads the one command of a body, and the version of the text that it is meant for.
    static func read(_ body: JSONValue) throws -> (command: SessionCommand, version: Int?) {
        let fields = try RequestFields(body)
        let version = try fields.integer("version", in: 0...Int.max)
        let names = Name.allCases.filter { body.member($0.rawValue) != nil }
        guard let name = names.first, names.count == 1 else {
            let all = Name.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIError.invalid(names.dropFirst().first?.rawValue, "must have exactly one of \(all)")
        }
        return (try command(name, fields), version)
    }

    private static func command(_ name: Name, _ fields: RequestFields) throws -> SessionCommand {
        func arguments() throws -> RequestFields { try fields.required(name.rawValue, fields.fields(name.rawValue)) }
        switch name {
        case .run:
            guard case .object? = fields.peek("run") else { return .run(rest: .zero) }
            let rest = try arguments().integer("rest_milliseconds", in: 0...longestRest)
            return .run(rest: .milliseconds(rest ?? 0))
        case .pause: return .pause
        case .step: return .step(try fields.required("step", fields.integer("step", in: 1...mostSteps)))
        case .pin:
            let pin = try arguments()
            return .pin(try text(pin), at: try position(pin, "position"))
        case .unpin: return .unpin(try position(arguments(), "position"))
        case .lock: return .lock(try range(arguments()))
        case .replace:
            let change = try arguments()
            return .replace(try range(change), with: try text(change))
        case .rollback:
            let change = try arguments()
            return .rollBack(to: try position(change, "to"), keepsDraft: try change.flag("keep_draft") ?? false)
        case .constrain:
            guard let change = try fields.fields("constrain") else { return .constrain(nil, takesBack: false) }
            return .constrain(try constraint(change), takesBack: try change.flag("take_back") ?? false)
        case .stop: return .stop
        }
    }

    private static func text(_ fields: RequestFields) throws -> String {
        try fields.required("text", fields.text("text"))
    }

    private static func position(_ fields: RequestFields, _ key: String) throws -> Int {
        try fields.required(key, fields.integer(key, in: positions))
    }

    private static func range(_ fields: RequestFields) throws -> Range<Int> {
        let (from, to) = (try position(fields, "from"), try position(fields, "to"))
        guard from <= to else { throw fields.error("to", "must not be below 'from'") }
        return from..<to
    }

    private static func constraint(_ fields: RequestFields) throws -> Constraint? {
        let schema = fields.value("json_schema")
        let kinds: [(key: String, make: () throws -> Constraint?)] = [
            ("json_schema", { try schema.map { try .jsonSchema($0.text ?? $0.json) } }),
            ("regex", { try fields.text("regex").map(Constraint.regex) }),
            ("grammar", { try fields.text("grammar").map(Constraint.grammar) }),
            ("choices", { try fields.texts("choices").map(Constraint.choice) }),
        ]
        var found: Constraint?
        for kind in kinds {
            do {
                guard let constraint = try kind.make() else { continue }
                guard found == nil else { throw fields.error(kind.key, "is one constraint too many; give one") }
                found = constraint
            } catch let error as CinnabarError {
                throw fields.error(kind.key, "is not usable: \(error)")
            }
        }
        return found
    }
}
