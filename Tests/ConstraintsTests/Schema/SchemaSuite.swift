import Common
import Foundation
import TestSupport

/// A schema with instances that say whether they are valid.
struct SchemaCase: Sendable {
    var name: String
    var schema: JSONValue
    var instances: [(value: JSONValue, isValid: Bool, name: String)]
}

/// The third-party sets of schemas.
enum SchemaSuite {
    /// The JSON-Schema-Test-Suite's required part for a draft: `draft2020-12` or `draft7`.
    static func testSuite(_ draft: String) throws -> [SchemaCase] {
        try lines("evaldata/json-schema-test-suite/required.jsonl.gz").filter { $0["draft"]?.text == draft }.map {
            var parsed = schemaCase($0)
            parsed.name = "\($0["file"]?.text ?? "") / \($0["description"]?.text ?? "")"
            // The suite's schemas of draft 7 leave their dialect to the folder that they stand in.
            if draft == "draft7", case .object(let members) = parsed.schema, parsed.schema["$schema"] == nil {
                let dialect = JSONValue.string("http://json-schema.org/draft-07/schema#")
                parsed.schema = .object([.init(key: "$schema", value: dialect)] + members)
            }
            return parsed
        }
    }

    static func maskBench() throws -> [SchemaCase] {
        try lines("evaldata/maskbench/maskbench-sample.jsonl.gz").map {
            var parsed = schemaCase($0)
            parsed.name = $0["file"]?.text ?? ""
            return parsed
        }
    }

    private static func lines(_ path: String) throws -> [JSONValue] {
        try Gzip.decompress(SharedData.file(path)).split(separator: UInt8(ascii: "\n")).map {
            let parts = String(decoding: $0, as: UTF8.self).split(separator: #""tests":"#, maxSplits: 1)
            let text = [
                parts.first.map { large($0) { "\($0).0" } },
                parts.dropFirst().first.map { large($0) { #""\u0001\#($0)""# } },
            ].compactMap { $0 }.joined(separator: #""tests":"#)
            return try JSONValue(json: text, name: path)
        }
    }

    /// The text with another spelling of its integers beyond 64 bits, which are not read: in schemas they become doubles,
    /// in instances strings with a mark.
    private static func large(_ text: Substring, _ spelling: (String) -> String) -> String {
        var result = ""
        var (isInString, isEscaped, number) = (false, false, "")
        for character in text.unicodeScalars {
            if !isInString, character.properties.numericType == .decimal || "-.eE+".unicodeScalars.contains(character) {
                number.unicodeScalars.append(character)
                continue
            }
            let isLarge = number.count > 18 && Int(number) == nil && number.allSatisfy { $0.isNumber || $0 == "-" }
            result += isLarge ? spelling(number) : number
            number = ""
            result.unicodeScalars.append(character)
            if isInString, character == "\\", !isEscaped {
                isEscaped = true
            } else {
                if character == "\"", !isEscaped { isInString.toggle() }
                isEscaped = false
            }
        }
        return result + number
    }

    private static func schemaCase(_ line: JSONValue) -> SchemaCase {
        guard case .object(let members) = line,
            let schema = members.first(where: { $0.key == "schema" })?.value,
            case .array(let tests)? = line["tests"]
        else { return SchemaCase(name: "", schema: .null, instances: []) }
        return SchemaCase(
            name: "",
            schema: schema,
            instances: tests.map { test in
                guard case .object(let members) = test else { return (.null, false, "") }
                return (
                    members.first { $0.key == "data" }?.value ?? .null,
                    test["valid"] == .boolean(true),
                    test["description"]?.text ?? ""
                )
            }
        )
    }
}
