package import Cinnabar
import Common
package import Logging

/// How a server runs. Defaults suit one machine with a small model; every value can come from a file, the environment or a flag
/// (``ServerSetting``).
package struct ServerConfiguration: Sendable {
    /// Loopback unless told otherwise.
    package var host = "127.0.0.1"
    package var port = 8080
    /// Name under which clients see the model; nil for its own.
    package var modelID: String?
    /// Other names of models are refused instead of being answered by this one.
    package var strictModel = false

    /// File of hashed keys; without one, and without `apiKey`, everyone may ask.
    package var apiKeyFile: String?
    /// A single key, as it is.
    package var apiKey: String?
    package var certificate: String?
    package var privateKey: String?
    /// Web pages from these origins may ask; `*` is any.
    package var corsOrigins: [String] = []

    /// Texts that are written at the same time.
    package var maxRunning = 64
    /// Requests that wait; further ones are answered with 429.
    package var maxQueued = 256
    /// Texts of one key at the same time; nil for no limit of its own.
    package var maxRunningPerKey: Int?
    /// Requests of one key, or of all without keys, in a minute; nil for no limit.
    package var requestsPerMinute: Int?
    /// Interactive sessions, running or not.
    package var maxSessions = 32
    /// Those of one key; nil for no limit of its own.
    package var maxSessionsPerKey: Int?
    package var maxConnections = 16_384
    package var maxBodyBytes = 16 << 20

    /// Time that a request may take to arrive.
    package var bodySeconds = 30
    /// Time that a connection may be silent between two requests, or within the head of one.
    package var idleSeconds = 60
    package var queueSeconds = 60
    /// Time that an interactive session may be without a command or a forward.
    package var sessionIdleSeconds = 600
    /// Time that a text may take; it ends where it stands then.
    package var requestSeconds = 600
    /// Time after a signal to stop in which the server still answers while `/ready` says that it goes.
    package var drainDelaySeconds = 0
    /// Time that running requests have then.
    package var drainSeconds = 30

    /// Whether there is a page at `/`.
    package var playground = true
    /// Of requests that do not name one.
    package var mode = Mode.speed
    /// Of requests that do not name one.
    package var canvas = CanvasLength.standard
    /// Conversations that are too long lose their oldest turns instead of being refused.
    package var trimConversations = false
    package var logLevel = Logger.Level.info
    /// File of a JSON line for each request for texts; nil for none.
    package var traceFile: String?

    package init() {}

    /// - Throws: `invalidArgument` for values that contradict each other.
    package func validate() throws {
        guard (certificate == nil) == (privateKey == nil) else {
            throw CinnabarError(
                .invalidArgument,
                "'\(certificate == nil ? "private_key" : "certificate")' is given without '\(certificate == nil ? "certificate" : "private_key")'",
                hint: "TLS needs both files"
            )
        }
    }
}
