import Cinnabar
import Common
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Serving
import Testing

/// A server with the default model, reached without a network.
struct TestServer: Sendable {
    let server: ModelServer

    private static let model = Result { try Model() }

    init(_ change: (inout ServerConfiguration) throws -> Void = { _ in }) throws {
        var configuration = ServerConfiguration()
        try change(&configuration)
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        server = try ModelServer(Self.model.get(), id: "cinnabar", configuration: configuration, logger: logger)
    }

    struct Reply: Sendable {
        let status: Int
        let headers: HTTPFields
        let text: String

        var json: JSONValue { (try? JSONValue(json: text)) ?? .null }

        subscript(path: String) -> JSONValue? { json.at(path) }

        /// The data of server-sent events, with their names; comments keep a connection awake and are none.
        var events: [(name: String?, data: String)] {
            text.components(separatedBy: "\n\n").filter { !$0.isEmpty && !$0.hasPrefix(":") }.map { block in
                let lines = block.components(separatedBy: "\n")
                func field(_ name: String) -> String? {
                    lines.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
                }
                return (field("event"), field("data") ?? "")
            }
        }

        /// The JSON of the events that have no name and are not the end mark.
        var chunks: [JSONValue] {
            events.filter { $0.name == nil && $0.data != "[DONE]" }.compactMap { try? JSONValue(json: $0.data) }
        }
    }

    func post(_ path: String, _ body: String, headers: HTTPFields = [:]) async throws -> Reply {
        try await send(path, .post, ByteBuffer(string: body), headers)
    }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> Reply {
        try await send(path, .get, nil, headers)
    }

    func delete(_ path: String, headers: HTTPFields = [:]) async throws -> Reply {
        try await send(path, .delete, nil, headers)
    }

    private func send(
        _ path: String,
        _ method: HTTPRequest.Method,
        _ body: ByteBuffer?,
        _ headers: HTTPFields
    ) async throws -> Reply {
        try await server.application().test(.router) { client in
            let response = try await client.executeRequest(uri: path, method: method, headers: headers, body: body)
            return Reply(
                status: response.status.code,
                headers: response.headers,
                text: String(buffer: response.body)
            )
        }
    }
}

extension JSONValue {
    /// The value at a path such as `choices.0.text`.
    func at(_ path: String) -> JSONValue? {
        var value: JSONValue? = self
        for key in path.split(separator: ".") {
            if case .array(let elements)? = value {
                value = Int(key).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
            } else {
                value = value?[String(key)]
            }
        }
        return value
    }

    func text(_ path: String) -> String? { at(path)?.text }

    func integer(_ path: String) -> Int? { if case .integer(let value)? = at(path) { value } else { nil } }

    func list(_ path: String) -> [JSONValue] { if case .array(let elements)? = at(path) { elements } else { [] } }
}
