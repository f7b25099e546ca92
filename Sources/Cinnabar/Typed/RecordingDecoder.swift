import Common
import Foundation

/// The decoder that a type is given while its schema is learned.
final class RecordingDecoder: Decoder {
    private let recorder: SchemaRecorder
    private let type: Any.Type
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]
    /// Properties in the order in which they were asked for.
    private var properties: [(key: String, schema: JSONValue, isRequired: Bool)] = []
    private var isObject = false
    private var single: JSONValue?

    init(_ recorder: SchemaRecorder, type: Any.Type) { (self.recorder, self.type) = (recorder, type) }

    /// What has been asked for.
    var schema: JSONValue {
        if let single { return single }
        let required = properties.filter(\.isRequired).map { JSONValue.string($0.key) }
        return .schema(
            "object",
            [
                "properties": .object(properties.map { .init(key: $0.key, value: $0.schema) }),
                "required": .array(required),
                "additionalProperties": .boolean(false),
            ]
        )
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        isObject = true
        return KeyedDecodingContainer(Keyed<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw SchemaRecorder.unsupported(type, "it reads an array element by element")
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(decoder: self) }

    private func note(_ key: String, _ schema: JSONValue, isRequired: Bool) {
        guard !properties.contains(where: { $0.key == key }) else { return }
        properties.append((key, schema, isRequired))
    }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: RecordingDecoder
        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { [] }

        func contains(_: Key) -> Bool { true }

        func decodeNil(forKey _: Key) -> Bool { false }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            let (value, schema) = try decoder.recorder.placeholder(of: type)
            decoder.note(key.stringValue, schema, isRequired: true)
            return value
        }

        func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
            decoder.note(key.stringValue, try decoder.recorder.schema(of: type), isRequired: false)
            return nil
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy _: Nested.Type,
            forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> {
            throw SchemaRecorder.unsupported(decoder.type, "it opens a container inside '\(key.stringValue)'")
        }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            throw SchemaRecorder.unsupported(decoder.type, "it opens a container inside '\(key.stringValue)'")
        }

        func superDecoder() throws -> any Decoder {
            throw SchemaRecorder.unsupported(decoder.type, "it decodes a superclass")
        }

        func superDecoder(forKey _: Key) throws -> any Decoder { try superDecoder() }
    }

    private struct Single: SingleValueDecodingContainer {
        let decoder: RecordingDecoder
        var codingPath: [any CodingKey] { [] }

        func decodeNil() -> Bool { false }

        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            let (value, schema) = try decoder.recorder.placeholder(of: type)
            decoder.single = schema
            return value
        }
    }
}
