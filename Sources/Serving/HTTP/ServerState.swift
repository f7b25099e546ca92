import Cinnabar
import Common
import CoreMetrics
import Foundation
import HTTPTypes
import Logging

/// What the parts of a server share.
struct ServerState: Sendable {
    let served: ServedModel
    let configuration: ServerConfiguration
    let keys: KeyRing
    let admission: Admission
    let rates = RateLimiter()
    let connections = Connections()
    let sessions: SessionStore
    let registry: PrometheusRegistry
    let metrics: ServerMetrics
    let traces: TraceFile?
    let departure: Departure

    init(
        _ served: ServedModel,
        _ configuration: ServerConfiguration,
        registry: PrometheusRegistry,
        logger: Logger
    ) throws {
        try configuration.validate()
        (self.served, self.configuration, self.registry) = (served, configuration, registry)
        keys = try KeyRing(logger: logger) {
            var keys = try configuration.apiKeyFile.map { try APIKeys(file: URL(fileURLWithPath: $0)) } ?? APIKeys()
            if let key = configuration.apiKey { keys.add(key, name: "api_key") }
            return keys
        }
        sessions = SessionStore(
            limit: configuration.maxSessions,
            perKey: configuration.maxSessionsPerKey,
            idle: .seconds(configuration.sessionIdleSeconds)
        )
        let metrics = ServerMetrics(registry)
        self.metrics = metrics
        departure = Departure(delay: .seconds(configuration.drainDelaySeconds))
        traces = try configuration.traceFile.map { try TraceFile(path: $0, logger: logger) }
        admission = Admission(
            .init(
                running: configuration.maxRunning,
                runningPerKey: configuration.maxRunningPerKey,
                queued: configuration.maxQueued,
                wait: .seconds(configuration.queueSeconds)
            )
        ) { load in
            metrics.running.set(load.running)
            metrics.queued.set(load.queued)
        }
    }

    var body: BodyReader {
        BodyReader(mostBytes: configuration.maxBodyBytes, time: .seconds(configuration.bodySeconds))
    }

    /// - Throws: 404 for the name of another model, where names matter.
    func checkModel(_ name: String?) throws {
        guard let name, name != served.id, configuration.strictModel else { return }
        throw APIError(
            .notFound,
            "there is no model '\(name.prefix(200))' here, only '\(served.id)'",
            code: "model_not_found",
            parameter: "model"
        )
    }

    var defaults: TextDefaults {
        TextDefaults(
            mode: configuration.mode,
            canvas: configuration.canvas,
            trimsConversations: configuration.trimConversations
        )
    }
}
