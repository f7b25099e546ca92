import ArgumentParser
import Cinnabar
import Common
import Foundation
import Serving

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answer requests over HTTP in the forms of Mercury's, OpenAI's and other interfaces.",
        discussion: """
            Every setting can stand in a JSON file (--config), in the environment (CINNABAR_MAX_RUNNING=8) or after --set \
            (--set max_running=8); flags win over the environment, that over the file. Settings: \
            \(ServerSetting.all.map(\.key).joined(separator: ", ")). See docs/serving.md.

            Example: cinnabar serve --port 8080
                     curl localhost:8080/v1/completions -d '{"prompt": "def area(", "max_tokens": 32}'
            """
    )

    @OptionGroup var loading: LoadOptions

    @Option(help: "JSON file of settings.")
    var config: String?

    @Option(help: "Address to listen at (default 127.0.0.1, this machine only).")
    var host: String?

    @Option(help: "Port (default 8080).")
    var port: String?

    @Option(help: "Name of the model for clients (default that of its folder).")
    var modelID: String?

    @Option(help: "File of hashed keys, made with 'cinnabar key'; without one everyone may ask.")
    var apiKeyFile: String?

    @Option(help: "Texts written at the same time (default 64).")
    var maxRunning: String?

    @Option(help: "Requests that wait for their turn (default 256).")
    var maxQueued: String?

    @Option(help: "Certificate for TLS: a PEM file.")
    var certificate: String?

    @Option(help: "Private key for TLS: a PEM file.")
    var privateKey: String?

    @Option(help: "Origins of web pages that may ask, separated by commas; * for any.")
    var corsOrigins: String?

    @Option(
        help:
            "How text is written unless a request says otherwise: \(Mode.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var mode: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: String?

    @Flag(help: "Conversations that are too long lose their oldest turns instead of being refused.")
    var trimConversations = false

    @Option(name: .customLong("set"), help: "Any setting, as KEY=VALUE.")
    var settings: [String] = []

    func run() async throws {
        let configuration = try read()
        try await ModelServer.run(try loading.load(), id: name, configuration: configuration)
    }

    /// The configuration from file, environment and flags, the last one winning.
    private func read() throws -> ServerConfiguration {
        var configuration = ServerConfiguration()
        if let config { try configuration.read(file: URL(fileURLWithPath: config)) }
        try configuration.read(environment: ProcessInfo.processInfo.environment)
        let flags = [
            ("host", host), ("port", port), ("model_id", modelID), ("api_key_file", apiKeyFile),
            ("max_running", maxRunning), ("max_queued", maxQueued), ("certificate", certificate),
            ("private_key", privateKey), ("cors_origins", corsOrigins), ("mode", mode), ("log_level", logLevel),
            ("trim_conversations", trimConversations ? "true" : nil),
        ]
        for case (let key, let value?) in flags {
            try configuration.set(key, to: value, from: "--\(key.replacingOccurrences(of: "_", with: "-"))")
        }
        for setting in settings {
            guard let separator = setting.firstIndex(of: "=") else {
                throw CinnabarError.usage("--set '\(setting)' has no '='", hint: "such as --set max_running=8")
            }
            try configuration.set(
                String(setting[..<separator]),
                to: String(setting[setting.index(after: separator)...]),
                from: "--set"
            )
        }
        return configuration
    }

    /// What clients call the model: as it was named, without path and revision.
    private var name: String {
        guard let model = loading.model else { return "cinnabar" }
        guard !FileManager.default.fileExists(atPath: model) else {
            return URL(fileURLWithPath: model).deletingPathExtension().lastPathComponent
        }
        return String(model.prefix { $0 != "@" })
    }
}
