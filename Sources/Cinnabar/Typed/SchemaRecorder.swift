import Common
import Foundation

/// Learns the JSON Schema of a `Decodable` type by letting it decode: what it asks for is written down, what it gets is a
/// placeholder.
final class SchemaRecorder {
    /// Schemas of the types met so far, by name; nil while one is being learned.
    private var schemas: [String: JSONValue?] = [:]
    private var referred: Set<String> = []

    /// - Throws: `unsupported` for a type whose JSON depends on what it finds there.
    static func schema(of type: any Decodable.Type) throws -> JSONValue {
        let recorder = SchemaRecorder()
        let root = try recorder.schema(of: type)
        guard !recorder.referred.isEmpty else { return root }
        let definitions = recorder.referred.sorted().compactMap { name in
            recorder.schemas[name].flatMap(\.self).map { JSONValue.Member(key: name, value: $0) }
        }
        return .object([
            .init(key: "$ref", value: .string("#/$defs/\(String(reflecting: type))")),
            .init(key: "$defs", value: .object(definitions)),
        ])
    }

    /// The schema of a type, or a reference to it where it contains itself.
    func schema<Value: Decodable>(of type: Value.Type) throws -> JSONValue {
        if let known = Value.self as? any SchemaRecordable.Type { return try known.schema(self) }
        let name = String(reflecting: type)
        if let known = schemas[name] {
            if let known, !referred.contains(name) { return known }
            referred.insert(name)
            return .object([.init(key: "$ref", value: .string("#/$defs/\(name)"))])
        }
        schemas[name] = .some(nil)
        let schema: JSONValue
        if let cases = Self.cases(of: type) {
            schema = .object([.init(key: "enum", value: .array(cases))])
        } else {
            schema = try record(type).schema
        }
        schemas[name] = schema
        return schema
    }

    /// A placeholder of a type, and its schema.
    func placeholder<Value: Decodable>(of type: Value.Type) throws -> (value: Value, schema: JSONValue) {
        if let known = Value.self as? any SchemaRecordable.Type, let value = known.placeholder as? Value {
            return (value, try known.schema(self))
        }
        let schema = try schema(of: type)
        if let first = (Value.self as? any CaseIterable.Type)?.first as? Value { return (first, schema) }
        return (try record(type).value, schema)
    }

    private var depth = 0

    private func record<Value: Decodable>(_ type: Value.Type) throws -> (value: Value, schema: JSONValue) {
        depth += 1
        defer { depth -= 1 }
        guard depth < 64 else { throw Self.unsupported(type, "it contains itself without end") }
        let decoder = RecordingDecoder(self, type: type)
        do {
            let value = try Value(from: decoder)
            return (value, decoder.schema)
        } catch let error as DecodingError {
            throw Self.unsupported(type, "its decoding depends on what it finds", cause: error)
        }
    }

    /// Raw values of an enumeration that can list its cases.
    private static func cases(of type: any Decodable.Type) -> [JSONValue]? {
        func values<Cases: CaseIterable & RawRepresentable>(_: Cases.Type) -> [JSONValue]? {
            let values = Cases.allCases.map { item -> JSONValue? in
                switch item.rawValue {
                case let text as String: .string(text)
                case let number as any BinaryInteger: Int(exactly: number).map(JSONValue.integer)
                default: nil
                }
            }
            return values.contains(nil) ? nil : values.compactMap(\.self)
        }
        guard let listed = type as? any (CaseIterable & RawRepresentable).Type else { return nil }
        return values(listed)
    }

    static func unsupported(_ type: Any.Type, _ why: String, cause: (any Error)? = nil) -> CinnabarError {
        CinnabarError(
            .unsupported,
            "no schema can be learned of \(type): \(why)",
            hint: "make an enumeration CaseIterable, or give a JSON Schema by hand",
            cause: cause
        )
    }
}

extension CaseIterable {
    fileprivate static var first: Any? { allCases.first }
}
