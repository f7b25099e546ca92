package import Checkpoints
import Common
import Foundation

/// A `config.json` of any family, read key by key; an error names the key, what is expected and what is there.
package struct ConfigurationFile: Sendable {
    /// A value of JSON.
    package enum Value: Codable, Sendable, Hashable {
        case null
        case bool(Bool)
        case number(Double)
        case string(String)
        case list([Value])
        case object([String: Value])

        package init(from decoder: any Decoder) throws {
            let box = try decoder.singleValueContainer()
            if box.decodeNil() {
                self = .null
            } else if let value = try? box.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? box.decode(Double.self) {
                self = .number(value)
            } else if let value = try? box.decode(String.self) {
                self = .string(value)
            } else if let value = try? box.decode([Value].self) {
                self = .list(value)
            } else {
                self = .object(try box.decode([String: Value].self))
            }
        }

        package func encode(to encoder: any Encoder) throws {
            var box = encoder.singleValueContainer()
            switch self {
            case .null: try box.encodeNil()
            case .bool(let value): try box.encode(value)
            case .number(let value):
                if let whole = Int(exactly: value) { try box.encode(whole) } else { try box.encode(value) }
            case .string(let value): try box.encode(value)
            case .list(let value): try box.encode(value)
            case .object(let value): try box.encode(value)
            }
        }
    }

    package var values: [String: Value]
    /// What stands for the file in errors.
    package let label: String
    /// The usual key → the file's.
    package var keys: [String: String] = [:]

    package init(_ folder: ModelFolder) throws {
        values = try folder.decode([String: Value].self, from: "config.json")
        label = folder.config.path
    }

    /// What a GGUF file says of its model.
    package init(_ file: GGUFFile) throws {
        values = try GGUFConfiguration(file).decode([String: Value].self)
        label = file.label
    }

    package init(_ values: [String: Value], label: String) { (self.values, self.label) = (values, label) }

    /// Nil for a key that is missing or null.
    package subscript(key: String) -> Value? {
        // A GGUF file has the usual keys whatever the family.
        guard let value = values[keys[key] ?? key] ?? values[key], value != .null else { return nil }
        return value
    }

    package func integer(_ key: String) throws -> Int? {
        guard let value = self[key] else { return nil }
        guard case .number(let number) = value, let whole = Int(exactly: number) else {
            throw wrong(key, value, "a whole number")
        }
        return whole
    }

    package func number(_ key: String) throws -> Double? {
        guard let value = self[key] else { return nil }
        guard case .number(let number) = value else { throw wrong(key, value, "a number") }
        return number
    }

    package func bool(_ key: String) throws -> Bool? {
        guard let value = self[key] else { return nil }
        guard case .bool(let bool) = value else { throw wrong(key, value, "true or false") }
        return bool
    }

    package func string(_ key: String) throws -> String? {
        guard let value = self[key] else { return nil }
        guard case .string(let string) = value else { throw wrong(key, value, "a text") }
        return string
    }

    package func strings(_ key: String) throws -> [String] {
        guard let value = self[key] else { return [] }
        guard case .list(let list) = value else { throw wrong(key, value, "a list of texts") }
        return try list.map {
            guard case .string(let string) = $0 else { throw wrong(key, value, "a list of texts") }
            return string
        }
    }

    /// An object, as a file of its own.
    package func object(_ key: String) throws -> ConfigurationFile? {
        guard let value = self[key] else { return nil }
        guard case .object(let object) = value else { throw wrong(key, value, "an object") }
        return ConfigurationFile(object, label: "\(label): '\(keys[key] ?? key)'")
    }

    package func required(_ key: String) throws -> Int {
        guard let value = try integer(key) else {
            throw CinnabarError(
                .malformed,
                "\(label) has no '\(keys[key] ?? key)'",
                hint: "is it the configuration of this model?"
            )
        }
        return value
    }

    private func wrong(_ key: String, _ value: Value, _ expected: String) -> CinnabarError {
        CinnabarError(.malformed, "\(label): '\(keys[key] ?? key)' is \(value), expected \(expected)")
    }
}
