import Cinnabar
import Common
import Foundation
import Serving
import Testing

@Suite struct ConfigurationTests {
    private func read(_ json: String) throws -> ServerConfiguration {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("serve-\(UUID().uuidString).json")
        try Data(json.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        var configuration = ServerConfiguration()
        try configuration.read(file: url)
        return configuration
    }

    @Test func theEnvironmentWinsOverTheFile() throws {
        var configuration = try read(
            #"{"port":9000,"mode":"lossless","cors_origins":["https://a","https://b"],"strict_model":true}"#
        )
        #expect(configuration.port == 9000 && configuration.mode == .lossless && configuration.strictModel)
        #expect(configuration.corsOrigins == ["https://a", "https://b"])
        try configuration.read(environment: ["CINNABAR_PORT": "9001", "CINNABAR_MAX_RUNNING": "3"])
        #expect(configuration.port == 9001 && configuration.maxRunning == 3)
        try configuration.set("port", to: "9002", from: "--port")
        #expect(configuration.port == 9002)
    }

    @Test(arguments: [
        (#"{"prot":1}"#, "prot"), (#"{"port":70000}"#, "port"), (#"{"mode":"fast"}"#, "mode"),
        (#"{"max_running":0}"#, "max_running"),
        (#"{"strict_model":"perhaps"}"#, "strict_model"), (#"{"host":{}}"#, "host"),
    ])
    func whatIsWrongIsNamed(json: String, key: String) {
        #expect { try read(json) } throws: { "\($0)".contains("'\(key)'") }
    }

    @Test func aKeyIsNotRepeatedInErrors() {
        var configuration = ServerConfiguration()
        #expect { try configuration.set("api_key", to: "", from: "environment") } throws: {
            "\($0)".contains("'api_key'")
        }
    }

    @Test func tlsNeedsBothFiles() {
        var configuration = ServerConfiguration()
        configuration.certificate = "cert.pem"
        #expect { try configuration.validate() } throws: { "\($0)".contains("private_key") }
    }

    @Test func itListensToThisMachineOnly() { #expect(ServerConfiguration().host == "127.0.0.1") }
}
