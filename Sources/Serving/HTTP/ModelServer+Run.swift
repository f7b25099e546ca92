package import Cinnabar
import CoreMetrics
import Foundation
import Logging

extension ModelServer {
    /// Serves a model as a process of its own: logs to standard error, metrics of all libraries, as many connections as the system
    /// allows.
    package static func run(_ model: Model, id: String, configuration: ServerConfiguration) async throws {
        raiseDescriptorLimit()
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        var logger = Logger(label: "cinnabar") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = configuration.logLevel
        if configuration.apiKeyFile == nil, configuration.apiKey == nil, !isLoopback(configuration.host) {
            logger.warning("everyone who reaches \(configuration.host) may ask; api_key_file would ask for keys")
        }
        let server = try ModelServer(model, id: id, configuration: configuration, registry: registry, logger: logger)
        try await server.run()
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    /// Every connection is a file descriptor.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
