import Cinnabar
import Common
package import Foundation
import Logging

/// One setting of a server: a key of the configuration file, a variable of the environment (`CINNABAR_` and the key in capitals) and an
/// argument of `--set`.
package struct ServerSetting: Sendable {
    package let key: String
    /// What a value must be.
    package let form: String
    /// Whether the text was a value.
    let set: @Sendable (inout ServerConfiguration, String) -> Bool

    package static let all: [ServerSetting] = [
        .text("host", \.host), .number("port", 0...65_535, \.port), .text("model_id", \.modelID),
        .flag("strict_model", \.strictModel), .text("api_key_file", \.apiKeyFile), .text("api_key", \.apiKey),
        .text("certificate", \.certificate), .text("private_key", \.privateKey),
        ServerSetting(key: "cors_origins", form: "origins separated by commas") { configuration, text in
            configuration.corsOrigins = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            return true
        },
        .number("max_running", 1...65_536, \.maxRunning), .number("max_queued", 0...1_000_000, \.maxQueued),
        .number("max_running_per_key", 1...65_536, \.maxRunningPerKey),
        .number("requests_per_minute", 1...1_000_000, \.requestsPerMinute),
        .number("max_sessions", 0...65_536, \.maxSessions),
        .number("max_sessions_per_key", 1...65_536, \.maxSessionsPerKey),
        .number("session_idle_seconds", 1...86_400, \.sessionIdleSeconds), .flag("playground", \.playground),
        .number("max_connections", 1...1_000_000, \.maxConnections),
        .number("max_body_bytes", 1024...(1 << 30), \.maxBodyBytes), .number("body_seconds", 1...3600, \.bodySeconds),
        .number("idle_seconds", 1...86_400, \.idleSeconds), .number("queue_seconds", 1...3600, \.queueSeconds),
        .number("request_seconds", 1...86_400, \.requestSeconds), .number("drain_seconds", 0...3600, \.drainSeconds),
        .number("drain_delay_seconds", 0...3600, \.drainDelaySeconds),
        ServerSetting(key: "canvas", form: "default, auto or 1 to 1024") { configuration, text in
            guard let length = CanvasLength(text) else { return false }
            if case .tokens(let tokens) = length, !(1...1024).contains(tokens) { return false }
            configuration.canvas = length
            return true
        },
        .choice("mode", Mode.allCases, \.mode), .flag("trim_conversations", \.trimConversations),
        .choice("log_level", Logger.Level.allCases, \.logLevel), .text("trace_file", \.traceFile),
    ]

    private typealias Place<Value> = any WritableKeyPath<ServerConfiguration, Value> & Sendable

    private static func text(_ key: String, _ path: Place<String>) -> Self {
        Self(key: key, form: "a text") { configuration, text in
            configuration[keyPath: path] = text
            return !text.isEmpty
        }
    }

    private static func text(_ key: String, _ path: Place<String?>) -> Self {
        Self(key: key, form: "a text") { configuration, text in
            configuration[keyPath: path] = text
            return !text.isEmpty
        }
    }

    private static func number(_ key: String, _ range: ClosedRange<Int>, _ path: Place<Int>) -> Self {
        Self(key: key, form: "a number from \(range.lowerBound) to \(range.upperBound)") { configuration, text in
            guard let number = Int(text), range.contains(number) else { return false }
            configuration[keyPath: path] = number
            return true
        }
    }

    private static func number(_ key: String, _ range: ClosedRange<Int>, _ path: Place<Int?>) -> Self {
        Self(key: key, form: "a number from \(range.lowerBound) to \(range.upperBound)") { configuration, text in
            guard let number = Int(text), range.contains(number) else { return false }
            configuration[keyPath: path] = number
            return true
        }
    }

    private static func flag(_ key: String, _ path: Place<Bool>) -> Self {
        Self(key: key, form: "true or false") { configuration, text in
            guard let value = Bool(text) else { return false }
            configuration[keyPath: path] = value
            return true
        }
    }

    private static func choice<Value: RawRepresentable<String> & Sendable>(
        _ key: String,
        _ values: [Value],
        _ path: Place<Value>
    ) -> Self {
        Self(key: key, form: "one of \(values.map(\.rawValue).joined(separator: ", "))") { configuration, text in
            guard let value = Value(rawValue: text) else { return false }
            configuration[keyPath: path] = value
            return true
        }
    }
}

extension ServerConfiguration {
    /// - Parameter origin: where the value comes from, for the error.
    /// - Throws: `invalidArgument` naming the key.
    package mutating func set(_ key: String, to text: String, from origin: String) throws {
        guard let setting = ServerSetting.all.first(where: { $0.key == key }) else {
            throw CinnabarError(
                .invalidArgument,
                "\(origin): there is no setting '\(key)'",
                hint: "settings are \(ServerSetting.all.map(\.key).joined(separator: ", "))"
            )
        }
        guard setting.set(&self, text) else {
            let shown = key == "api_key" ? "the value" : "'\(text.prefix(100))'"
            throw CinnabarError(.invalidArgument, "\(origin): '\(key)' must be \(setting.form), \(shown) is not")
        }
    }

    /// Reads a JSON object of settings.
    package mutating func read(file: URL) throws {
        let value = try JSONValue(json: MappedFile(file).data(), name: file.path)
        guard case .object(let members) = value else {
            throw CinnabarError(.malformed, "\(file.path) is no JSON object of settings")
        }
        for member in members {
            try set(member.key, to: Self.text(member.value, of: member.key, in: file), from: file.path)
        }
    }

    private static func text(_ value: JSONValue, of key: String, in file: URL) throws -> String {
        switch value {
        case .string(let text): return text
        case .integer, .number, .boolean: return value.json
        case .array(let elements): return try elements.map { try text($0, of: key, in: file) }.joined(separator: ",")
        case .null, .object:
            throw CinnabarError(.invalidArgument, "\(file.path): '\(key)' must be a text, a number or true or false")
        }
    }

    /// Reads the variables of the environment that are settings.
    package mutating func read(environment: [String: String]) throws {
        for setting in ServerSetting.all {
            let name = "CINNABAR_" + setting.key.uppercased()
            if let text = environment[name] { try set(setting.key, to: text, from: "environment variable \(name)") }
        }
    }
}
