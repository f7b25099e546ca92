import Common
import Foundation

/// Types whose schema is known without decoding them.
protocol SchemaRecordable {
    static func schema(_ recorder: SchemaRecorder) throws -> JSONValue
    static var placeholder: Self { get }
}

extension JSONValue {
    static func schema(_ type: String, _ further: KeyValuePairs<String, JSONValue> = [:]) -> JSONValue {
        .object([.init(key: "type", value: .string(type))] + further.map { .init(key: $0.key, value: $0.value) })
    }
}

extension Bool: SchemaRecordable {
    static func schema(_: SchemaRecorder) -> JSONValue { .schema("boolean") }
    static var placeholder: Bool { false }
}

extension String: SchemaRecordable {
    static func schema(_: SchemaRecorder) -> JSONValue { .schema("string") }
    static var placeholder: String { "" }
}

extension SchemaRecordable where Self: FixedWidthInteger {
    /// As far as every reader of JSON keeps integers apart.
    static func schema(_: SchemaRecorder) -> JSONValue {
        let most = (1 << 53) - 1
        return .schema(
            "integer",
            [
                "minimum": .integer(Swift.max(Int(clamping: Self.min), -most)),
                "maximum": .integer(Swift.min(Int(clamping: Self.max), most)),
            ]
        )
    }
    static var placeholder: Self { 0 }
}

extension Int: SchemaRecordable {}
extension Int8: SchemaRecordable {}
extension Int16: SchemaRecordable {}
extension Int32: SchemaRecordable {}
extension Int64: SchemaRecordable {}
extension UInt: SchemaRecordable {}
extension UInt8: SchemaRecordable {}
extension UInt16: SchemaRecordable {}
extension UInt32: SchemaRecordable {}
extension UInt64: SchemaRecordable {}

extension SchemaRecordable where Self: BinaryFloatingPoint {
    /// Numbers that every reader can hold.
    static func schema(_: SchemaRecorder) -> JSONValue {
        .schema("number", ["minimum": .integer(-1_000_000_000_000), "maximum": .integer(1_000_000_000_000)])
    }
    static var placeholder: Self { 0 }
}

extension Double: SchemaRecordable {}
extension Float: SchemaRecordable {}

extension Date: SchemaRecordable {
    /// Seconds since 2001, as `JSONDecoder` reads them unless told otherwise.
    static func schema(_ recorder: SchemaRecorder) -> JSONValue { Double.schema(recorder) }
    static var placeholder: Date { Date(timeIntervalSinceReferenceDate: 0) }
}

extension UUID: SchemaRecordable {
    static func schema(_: SchemaRecorder) -> JSONValue { .schema("string", ["format": .string("uuid")]) }
    static var placeholder: UUID { UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)) }
}

extension URL: SchemaRecordable {
    static func schema(_: SchemaRecorder) -> JSONValue { .schema("string", ["format": .string("uri")]) }
    static var placeholder: URL { URL(fileURLWithPath: "/") }
}

extension Optional: SchemaRecordable where Wrapped: Decodable {
    static func schema(_ recorder: SchemaRecorder) throws -> JSONValue {
        .object([.init(key: "anyOf", value: .array([try recorder.schema(of: Wrapped.self), .schema("null")]))])
    }
    static var placeholder: Wrapped? { nil }
}

extension Array: SchemaRecordable where Element: Decodable {
    static func schema(_ recorder: SchemaRecorder) throws -> JSONValue {
        .schema("array", ["items": try recorder.schema(of: Element.self)])
    }
    static var placeholder: [Element] { [] }
}

extension Dictionary: SchemaRecordable where Key == String, Value: Decodable {
    static func schema(_ recorder: SchemaRecorder) throws -> JSONValue {
        .schema("object", ["additionalProperties": try recorder.schema(of: Value.self)])
    }
    static var placeholder: [String: Value] { [:] }
}
