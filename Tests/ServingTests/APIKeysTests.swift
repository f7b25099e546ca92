import Common
import Foundation
import HTTPTypes
import Serving
import Testing

@Suite struct APIKeysTests {
    private func file(_ text: String) throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(UUID().uuidString)")
        try Data(text.utf8).write(to: url)
        return url
    }

    @Test func keysOpenByTheirHash() throws {
        let (key, line) = APIKeys.make(name: "alice")
        #expect(!line.contains(key))
        let url = try file("# keys\n\n\(line) requests_per_minute=5 # Alice's\n")
        defer { try? FileManager.default.removeItem(at: url) }
        let keys = try APIKeys(file: url)
        #expect(keys.client(of: key)?.name == "alice")
        #expect(keys.client(of: key)?.requestsPerMinute == 5)
        #expect(keys.client(of: key + " ") == nil && keys.client(of: "") == nil && keys.client(of: nil) == nil)
    }

    @Test func expiredKeysOpenNothing() throws {
        let (key, line) = APIKeys.make(name: "bob")
        let url = try file("\(line) expires=2027-01-31\n")
        defer { try? FileManager.default.removeItem(at: url) }
        let keys = try APIKeys(file: url)
        let day = try Date("2027-01-30T23:59:59Z", strategy: .iso8601)
        #expect(keys.client(of: key, at: day) != nil)
        #expect(keys.client(of: key, at: day + 1) == nil)
    }

    @Test(arguments: ["", "alice", "sha256:12 alice", "sha256:\(String(repeating: "g", count: 64)) alice"])
    func whatIsNoKeyIsNamed(line: String) throws {
        let url = try file("# first\n\(line)\n")
        defer { try? FileManager.default.removeItem(at: url) }
        #expect { try APIKeys(file: url) } throws: { error in
            (error as? CinnabarError)?.code == .malformed && (line.isEmpty || "\(error)".contains("line 2"))
        }
    }

    @Test func nothingIsReachedWithoutAKey() async throws {
        let server = try TestServer { $0.apiKey = "secret" }
        let paths = ["/v1/models", "/metrics", "/props", "/api/tags", "/nothing", "/v1/models/cinnabar"]
        for path in paths {
            for headers in [[:], [.authorization: "Bearer wrong"], [.authorization: "secret"]] as [HTTPFields] {
                let reply = try await server.get(path, headers: headers)
                #expect(reply.status == 401, "\(path)")
            }
        }
        #expect(try await server.post("/v1/completions", #"{"prompt":"x","max_tokens":1}"#).status == 401)
        #expect(try await server.get("/health").status == 200)
        #expect(try await server.get("/v1/models", headers: [.authorization: "Bearer secret"]).status == 200)
        #expect(try await server.get("/v1/models", headers: [HTTPField.Name("x-api-key")!: "secret"]).status == 200)
        let reply = try await server.get("/v1/models")
        #expect(
            reply.json.text("error.code") == "invalid_api_key"
                && reply.json.text("error.type") == "authentication_error"
        )
        #expect(try await server.post("/v1/messages", "{}").json.text("error.type") == "authentication_error")
    }

    /// What SIGHUP does.
    @Test func keysComeAndGoWhileTheServerRuns() async throws {
        let (alice, bob) = (APIKeys.make(name: "alice"), APIKeys.make(name: "bob"))
        let url = try file(alice.line)
        defer { try? FileManager.default.removeItem(at: url) }
        let server = try TestServer { $0.apiKeyFile = url.path }
        func statuses() async throws -> [Int] {
            var statuses: [Int] = []
            for key in [alice.key, bob.key] {
                statuses.append(try await server.get("/v1/models", headers: [.authorization: "Bearer \(key)"]).status)
            }
            return statuses
        }
        try Data(bob.line.utf8).write(to: url)
        #expect(try await statuses() == [200, 401], "a file is read when it is said to be")
        server.server.reloadKeys()
        #expect(try await statuses() == [401, 200])
        for damaged in ["", "sha256:12 alice", alice.line + "\nnonsense"] {
            try Data(damaged.utf8).write(to: url)
            server.server.reloadKeys()
            #expect(try await statuses() == [401, 200], "\(damaged)")
        }
        try FileManager.default.removeItem(at: url)
        server.server.reloadKeys()
        #expect(try await statuses() == [401, 200])
        try Data("\(alice.line)\n\(bob.line)".utf8).write(to: url)
        server.server.reloadKeys()
        #expect(try await statuses() == [200, 200])
    }

    @Test func requestsInAMinuteAreLimited() async throws {
        let server = try TestServer { $0.requestsPerMinute = 2 }
        let body = #"{"prompt":"x = ","max_tokens":1}"#
        #expect(
            try await server.post("/v1/completions", body).headers[HTTPField.Name("x-ratelimit-remaining-requests")!]
                == "1"
        )
        #expect(try await server.post("/v1/completions", body).status == 200)
        let reply = try await server.post("/v1/completions", body)
        #expect(reply.status == 429 && reply.headers[HTTPField.Name("retry-after")!] != nil)
        #expect(reply.json.text("error.type") == "rate_limit_error")
        #expect(try await server.get("/v1/models").status == 200, "looking is free")
    }
}
