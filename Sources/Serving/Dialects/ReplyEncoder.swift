import Cinnabar
import Common
import Foundation

/// Writes the replies to one request in the form of a dialect.
protocol ReplyEncoder: Sendable {
    var framing: StreamFraming { get }

    /// The whole reply of a request that is not streamed.
    func reply(_ completions: [Completion], warning: String?) -> JSONValue

    /// - Parameter promptTokens: of all prompts.
    mutating func begin(promptTokens: Int) -> [StreamEvent]
    mutating func encode(_ event: TextEvent) -> [StreamEvent]
    mutating func end(_ completions: [Completion], warning: String?) -> [StreamEvent]
    /// What a stream that has begun ends with when it fails.
    func failure(_ error: APIError) -> [StreamEvent]
}

/// A piece of a stream.
struct StreamEvent: Sendable, Equatable {
    /// The name of a server-sent event; nil for none.
    var name: String?
    var data: String

    init(_ data: JSONValue, name: String? = nil) { (self.data, self.name) = (data.json, name) }

    private init(text: String) { data = text }

    static let done = StreamEvent(text: "[DONE]")
}

/// How the pieces of a stream follow one another.
enum StreamFraming: Sendable {
    /// `data: …` and an empty line.
    case serverSentEvents
    /// A JSON text on each line.
    case lines

    var contentType: String {
        switch self {
        case .serverSentEvents: "text/event-stream; charset=utf-8"
        case .lines: "application/x-ndjson"
        }
    }

    func bytes(_ events: [StreamEvent]) -> [UInt8] {
        var bytes: [UInt8] = []
        for event in events {
            switch self {
            case .serverSentEvents:
                if let name = event.name { bytes += "event: \(name)\n".utf8 }
                bytes += "data: \(event.data)\n\n".utf8
            case .lines: bytes += "\(event.data)\n".utf8
            }
        }
        return bytes
    }
}

/// What all replies to a request have in common.
struct ReplyHead: Sendable {
    let id: String
    /// Seconds since 1970.
    let created: Int
    /// The model that answers, whatever the client called it.
    let model: String

    init(_ prefix: String, _ served: ServedModel) {
        id = Identifiers.make(prefix)
        created = Int(Date().timeIntervalSince1970)
        model = served.id
    }
}

/// The model that a server has, and how clients know it.
struct ServedModel: Sendable {
    let model: Model
    let id: String
    /// When it was loaded, in seconds since 1970.
    let created: Int

    init(_ model: Model, id: String) {
        (self.model, self.id) = (model, id)
        created = Int(Date().timeIntervalSince1970)
    }
}
