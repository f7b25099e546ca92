package import Cinnabar
import Common
import Foundation
package import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// A model behind HTTP.
package struct ModelServer: Sendable {
    let state: ServerState
    private let logger: Logger

    /// - Parameter id: name of the model for clients.
    package init(
        _ model: Model,
        id: String,
        configuration: ServerConfiguration,
        registry: PrometheusRegistry = PrometheusRegistry(),
        logger: Logger
    ) throws {
        let served = ServedModel(model, id: configuration.modelID ?? id)
        state = try ServerState(served, configuration, registry: registry, logger: logger)
        self.logger = logger
        // Measured before anybody waits for it.
        if configuration.canvas == .automatic { _ = try model.generate(" ", options: .init(canvas: .automatic)) }
    }

    /// Serves until a signal to stop, then lets running requests finish.
    package func run() async throws {
        var services: [any Service] = [try application()]
        // Without a file SIGHUP ends the server, as when its terminal is closed.
        if state.configuration.apiKeyFile != nil { services.append(state.keys) }
        var configuration = ServiceGroupConfiguration(
            services: services + [state.departure],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = .seconds(
            state.configuration.drainDelaySeconds + state.configuration.drainSeconds
        )
        configuration.maximumCancellationDuration = .seconds(5)
        try await ServiceGroup(configuration: configuration).run()
    }

    /// What a signal to stop begins.
    package func depart() { state.departure.begin() }

    /// What SIGHUP does: the file of keys is read again.
    package func reloadKeys() { state.keys.reload() }

    package func application() throws -> some ApplicationProtocol {
        let router = Router(context: ServerContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: AccessLog(state: state))
        if !state.configuration.corsOrigins.isEmpty {
            router.add(middleware: CrossOrigin(origins: state.configuration.corsOrigins))
        }
        router.add(middleware: ErrorReplies())
        router.add(middleware: Authentication(keys: state.keys))
        router.add(middleware: RateLimits(state: state))
        Routes(state: state).add(to: router)
        if state.configuration.playground { try Playground().add(to: router) }
        return Application(
            router: router,
            server: try server(),
            configuration: ApplicationConfiguration(
                address: .hostname(state.configuration.host, port: state.configuration.port),
                backlog: 4096,
                availableConnectionsDelegate: .maximum(state.configuration.maxConnections, logger: logger)
            ),
            logger: logger
        )
    }

    private func server() throws -> HTTPServerBuilder {
        let connections = state.connections
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [ConnectionWatch(connections)],
                idleTimeout: .seconds(Int64(state.configuration.idleSeconds))
            )
        )
        guard let certificate = state.configuration.certificate, let key = state.configuration.privateKey else {
            return plain
        }
        do {
            let tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
            )
            return try .tls(plain, tlsConfiguration: tls)
        } catch {
            throw CinnabarError(
                .file,
                "'certificate' \(certificate) and 'private_key' \(key) cannot be used",
                hint: "both must be PEM files and belong together",
                cause: error
            )
        }
    }
}
