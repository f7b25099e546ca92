import Cinnabar
import Common

/// What a text must be, made of what clients state.
struct OutputFormat {
    let constraint: Constraint
    var warnings: [String] = []

    /// JSON that a schema validates.
    ///
    /// - Parameters:
    ///   - fallback: what is promised instead where the schema cannot be guaranteed and that was not demanded.
    ///   - place: of the schema in the request.
    static func schema(
        _ schema: JSONValue,
        isStrict: Bool,
        fallback: Constraint = .json,
        place: String
    ) throws -> OutputFormat {
        do {
            return OutputFormat(constraint: try Self.constraint(schema))
        } catch let error as CinnabarError {
            if isStrict || error.code != .unsupported { throw APIError.invalid(place, "is not usable: \(error)") }
            return OutputFormat(
                constraint: fallback,
                warnings: ["'\(place)' cannot be guaranteed (\(error)); any JSON may come"]
            )
        }
    }

    /// Of what a schema allows, objects get the properties that it names and no others, and whole numbers a bound, unless that leaves
    /// nothing.
    private static func constraint(_ schema: JSONValue) throws -> Constraint {
        let closed = schema.countsViolations ? schema : schema.closingObjects
        if closed != schema, let constraint = try? Constraint.jsonSchema(closed.json) { return constraint }
        return try .jsonSchema(schema.json)
    }

    /// A tool's arguments: an object always.
    static func arguments(_ schema: JSONValue, isStrict: Bool, place: String) throws -> OutputFormat {
        // Without a type anything would be allowed, also what is no object.
        let isOpen = schema["type"] == nil
        guard case .object(let members) = schema, isOpen else {
            return try self.schema(schema, isStrict: isStrict, fallback: .jsonObject, place: place)
        }
        let typed = JSONValue.object([.init(key: "type", value: "object")] + members)
        return try self.schema(typed, isStrict: isStrict, fallback: .jsonObject, place: place)
    }
}

extension JSONValue {
    /// Whether a keyword stands in it under which less of one schema may be more of the whole.
    fileprivate var countsViolations: Bool {
        switch self {
        case .array(let elements): elements.contains(where: \.countsViolations)
        case .object(let members):
            members.contains {
                ["oneOf", "not", "if", "maxContains", "unevaluatedItems"].contains($0.key) || $0.value.countsViolations
            }
        default: false
        }
    }

    /// The schema with `additionalProperties: false` in all objects that name properties and say nothing of others, and bounds of
    /// whole numbers that have none. What combines schemas is left as it is.
    fileprivate var closingObjects: JSONValue {
        guard case .object(let members) = self else { return self }
        let combining = ["allOf", "anyOf", "$ref", "$dynamicRef", "dependentSchemas", "dependencies"]
        let stating = ["additionalProperties", "unevaluatedProperties", "patternProperties"]
        let isOpen = self["properties"] != nil && !members.contains { (combining + stating).contains($0.key) }
        let closed = members.map { member in
            Member(key: member.key, value: Self.closing(member.value, under: member.key))
        }
        return .object(closed + (isOpen ? [Member(key: "additionalProperties", value: false)] : []) + bounds)
    }

    /// Bounds of a whole number that has none: clients that know only floating-point numbers hold it exactly.
    private var bounds: [Member] {
        let known = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "enum", "const", "multipleOf"]
        guard case .object(let members) = self, self["type"]?.text == "integer",
            !members.contains(where: { known.contains($0.key) })
        else { return [] }
        let most = (1 << 53) - 1
        return [Member(key: "minimum", value: .integer(-most)), Member(key: "maximum", value: .integer(most))]
    }

    private static func closing(_ value: JSONValue, under keyword: String) -> JSONValue {
        switch (keyword, value) {
        case ("properties", .object(let members)), ("$defs", .object(let members)),
            ("definitions", .object(let members)):
            .object(members.map { Member(key: $0.key, value: $0.value.closingObjects) })
        case ("items", _), ("additionalProperties", _): value.closingObjects
        case ("anyOf", .array(let schemas)), ("prefixItems", .array(let schemas)):
            .array(schemas.map(\.closingObjects))
        default: value
        }
    }
}
