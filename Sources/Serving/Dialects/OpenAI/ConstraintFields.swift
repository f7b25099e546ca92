import Cinnabar
import Common

/// What the text must be, by any of the keys that servers have for it: `response_format`, `grammar` and `json_schema` of llama.cpp,
/// `guided_…` and `structured_outputs` of vLLM.
enum ConstraintFields {
    static func read(_ fields: RequestFields, into request: inout TextRequest) throws {
        var found: [(key: String, format: OutputFormat)] = []
        func add(_ key: String, _ make: () throws -> OutputFormat?) throws {
            do {
                if let format = try make() { found.append((key, format)) }
            } catch let error as CinnabarError {
                throw APIError.invalid(key, "is not usable: \(error)")
            }
        }
        try add("response_format") { try responseFormat(fields) }
        for prefix in ["guided_", ""] {
            try add("\(prefix)grammar") {
                try fields.text("\(prefix)grammar").flatMap {
                    $0.isEmpty ? nil : OutputFormat(constraint: try .grammar($0))
                }
            }
        }
        for key in ["guided_json", "json_schema"] { try add(key) { try schema(fields.value(key), key) } }
        try add("guided_regex") { try fields.text("guided_regex").map { OutputFormat(constraint: try .regex($0)) } }
        try add("guided_choice") { try fields.texts("guided_choice").map { OutputFormat(constraint: try .choice($0)) } }
        if let own = try fields.fields("structured_outputs") {
            let place = "structured_outputs"
            try add("\(place).json") { try schema(own.value("json"), "\(place).json") }
            try add("\(place).regex") { try own.text("regex").map { OutputFormat(constraint: try .regex($0)) } }
            try add("\(place).choice") { try own.texts("choice").map { OutputFormat(constraint: try .choice($0)) } }
            try add("\(place).grammar") { try own.text("grammar").map { OutputFormat(constraint: try .grammar($0)) } }
            try add("\(place).json_object") {
                try own.flag("json_object") == true ? OutputFormat(constraint: .jsonObject) : nil
            }
        }
        guard found.count <= 1 else {
            throw APIError.invalid(found[1].key, "and '\(found[0].key)' are given at once; give one of them")
        }
        guard let format = found.first?.format else { return }
        request.constraint = format.constraint
        request.warnings += format.warnings
    }

    private static func responseFormat(_ fields: RequestFields) throws -> OutputFormat? {
        guard let format = try fields.fields("response_format") else { return nil }
        switch try format.text("type") {
        case "text", nil: return nil
        case "json_object":
            // llama.cpp takes a schema here as well.
            return try schema(format.value("schema"), "response_format.schema") ?? OutputFormat(constraint: .jsonObject)
        case "json_schema":
            guard let statement = try format.fields("json_schema") else {
                throw format.error("json_schema", "is missing")
            }
            return try Self.statement(statement, place: "response_format.json_schema")
        case "grammar":
            return OutputFormat(constraint: try .grammar(format.required("grammar", format.text("grammar"))))
        case let type?:
            throw format.error("type", "must be text, json_object or json_schema, not '\(type)'")
        }
    }

    /// `{name, description, schema, strict}`
    static func statement(_ fields: RequestFields, place: String) throws -> OutputFormat {
        fields.skip("name", "description", "type")
        let isStrict = try fields.flag("strict") ?? false
        guard let schema = fields.value("schema") else { return OutputFormat(constraint: .json) }
        return try .schema(schema, isStrict: isStrict, place: "\(place).schema")
    }

    /// A schema that is meant to be kept to; it may come as a string.
    private static func schema(_ value: JSONValue?, _ place: String) throws -> OutputFormat? {
        guard let value else { return nil }
        let schema = try value.text.map { try JSONValue(json: $0, name: place) } ?? value
        return try .schema(schema, isStrict: true, place: place)
    }
}
