import Common
import Constraints
public import Foundation

extension Constraint {
    /// JSON that decodes to a type. Its schema is learned by letting it decode; properties are written in the order in which
    /// it asks for them.
    ///
    /// - Throws: `unsupported` for a type whose JSON depends on what it finds there, as an enumeration with associated values.
    public static func decodable<Value: Decodable>(_ type: Value.Type) throws -> Constraint {
        Constraint(try Grammar(jsonSchema: SchemaRecorder.schema(of: type)))
    }
}

extension Model {
    /// Continues a text with a value of a type: JSON under its schema, decoded.
    ///
    /// ```swift
    /// struct Person: Codable { let name: String, age: Int, tags: [String] }
    /// let person = try await model.generate(Person.self, after: "person = ")
    /// ```
    ///
    /// - Parameter decoder: as the type wants to be read.
    /// - Throws: what ``generate(_:options:)`` and ``Constraint/decodable(_:)`` throw.
    public func generate<Value: Decodable>(
        _ type: Value.Type,
        after prompt: String,
        options: GenerationOptions = .init(),
        decoder: JSONDecoder = JSONDecoder()
    ) async throws -> Value {
        try await decoded(type, options, decoder) { try generate(prompt, options: $0) }
    }

    /// Answers a conversation with a value of a type.
    public func chat<Value: Decodable>(
        _ messages: [ChatMessage],
        answering type: Value.Type,
        options: GenerationOptions = .init(),
        decoder: JSONDecoder = JSONDecoder()
    ) async throws -> Value {
        try await decoded(type, options, decoder) { try chat(messages, options: $0) }
    }

    private func decoded<Value: Decodable>(
        _ type: Value.Type,
        _ options: GenerationOptions,
        _ decoder: JSONDecoder,
        _ start: (GenerationOptions) throws -> Session
    ) async throws -> Value {
        var options = options
        options.constraint = try .decodable(type)
        return try decoder.decode(type, from: Data(try await start(options).result().text.utf8))
    }
}
