import Common
import Foundation
import Hub
import NIOHTTP1
import Testing

/// What a user reads when a hub says no, and how often it is asked.
@Suite struct RefusalTests {
    struct Refusal: CustomTestStringConvertible {
        var status: Int
        var headers: HTTPHeaders = [:]
        var token: String?
        var requests = 1
        var mentions: [String]
        var testDescription: String { "\(status) \(headers.map { "\($0.name): \($0.value)" }) \(token ?? "no token")" }
    }

    static let refusals = [
        Refusal(status: 401, mentions: ["(401", "model org/model", "HF_TOKEN"]),
        Refusal(status: 401, token: "hf_x", mentions: ["(401", "does not accept the token"]),
        Refusal(
            status: 403,
            headers: ["X-Error-Code": "GatedRepo", "X-Error-Message": "Ask for access"],
            token: "hf_x",
            mentions: ["(403", "Ask for access", "accept the conditions"]
        ),
        Refusal(status: 404, headers: ["X-Error-Code": "RepoNotFound"], mentions: ["(404", "org/model", "ORG/NAME"]),
        Refusal(status: 404, headers: ["X-Error-Code": "RevisionNotFound"], mentions: ["(404", "revision"]),
        Refusal(status: 418, mentions: ["(418", "HF_ENDPOINT"]),
        Refusal(status: 500, requests: 4, mentions: ["(500", "4 attempts", "try later"]),
        Refusal(status: 503, headers: ["Retry-After": "0"], requests: 4, mentions: ["(503", "4 attempts"]),
        Refusal(status: 429, requests: 4, mentions: ["(429", "too many requests", "4 attempts"]),
        Refusal(status: 429, headers: ["Retry-After": "1000"], mentions: ["(429", "wait 1000 s"]),
        Refusal(status: 429, headers: ["RateLimit": "\"api\";r=0;t=55"], mentions: ["wait 55 s"]),
        Refusal(status: 429, headers: ["Retry-After": "1e999"], requests: 1, mentions: ["(429", "wait 1000000000 s"]),
        Refusal(status: 503, headers: ["Retry-After": "nan"], requests: 4, mentions: ["(503"]),
        Refusal(status: 302, headers: ["Location": "ftp://127.0.0.1/x"], mentions: ["redirects", "ftp:"]),
        Refusal(status: 302, mentions: ["redirects"]),
        Refusal(status: 307, headers: ["Location": "/round"], requests: 6, mentions: ["in a circle"]),
    ]

    @Test(arguments: refusals) func ofTheListing(refusal: Refusal) async throws {
        try await withScratchFolder { cache in
            try await WebServer.with({ _ in WebReply(status: refusal.status, headers: refusal.headers) }) { server in
                let error = await #expect(throws: CinnabarError.self) {
                    try await server.pull(token: refusal.token, into: cache)
                }
                for part in refusal.mentions { #expect(error?.description.contains(part) == true, "\(error as Any)") }
                #expect(error?.code == .hub && error?.hint != nil)
                #expect(server.requests.count == refusal.requests)
                #expect(tree(cache).isEmpty)
            }
        }
    }

    /// What passes: the pull goes on.
    @Test(arguments: [429, 500, 502, 503, 504, 408]) func aBusyHubIsAskedAgain(status: Int) async throws {
        try await withScratchFolder { cache in
            let hub = FakeHub(FakeHub.model) { _, earlier in
                earlier == 0 ? WebReply(status: status, headers: ["Retry-After": "0"], body: [1, 2, 3]) : nil
            }
            try await WebServer.with(hub.answer) { server in
                try await server.pull(into: cache)
                #expect(tree(cache) == PullTests.layout(FakeHub.model))
            }
        }
    }

    @Test func aFileThatIsGoneIsNamed() async throws {
        try await withScratchFolder { cache in
            let hub = FakeHub(FakeHub.model) { request, _ in
                request.path.hasSuffix("tokenizer.json")
                    ? WebReply(status: 404, headers: ["X-Error-Code": "EntryNotFound"]) : nil
            }
            try await WebServer.with(hub.answer) { server in
                let error = await #expect(throws: CinnabarError.self) { try await server.pull(into: cache) }
                #expect(error?.description.contains("tokenizer.json of org/model") == true)
            }
        }
    }

    @Test func nobodyAtTheAddress() async throws {
        try await withScratchFolder { cache in
            // A port that is taken, but where nobody listens.
            let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    #expect(bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0)
                }
            }
            let port = UInt16(bigEndian: address.sin_port)
            let settings = try HubSettings(
                environment: ["HF_ENDPOINT": "http://127.0.0.1:\(port)", "HF_HUB_CACHE": cache.path]
            )
            var limits = TransferLimits.quick
            limits.connectTimeout = 0.2
            limits.attempts = 2
            let error = await #expect(throws: CinnabarError.self) {
                try await HubClient.with(settings, limits: limits) {
                    _ = try await Pull(RepositoryID("a/b"), client: $0)
                }
            }
            #expect(error?.code == .hub && error?.description.contains("127.0.0.1:\(port)") == true)
        }
    }

    // MARK: The token

    @Test func theTokenStaysWithTheHub() async throws {
        try await withScratchFolder { cache in
            let store = FakeHub(FakeHub.model)
            try await WebServer.with(store.answer) { store in
                let hub = FakeHub(FakeHub.model, elsewhere: store.address)
                try await WebServer.with(hub.answer) { server in
                    try await server.pull(token: "hf_secret", into: cache)
                    #expect(tree(cache) == PullTests.layout(FakeHub.model))
                    func authorizations(_ server: WebServer) -> Set<[String]> {
                        Set(server.requests.map { $0.request.headers["authorization"] })
                    }
                    #expect(authorizations(server) == [["Bearer hf_secret"]])
                    #expect(authorizations(store) == [[]])
                    #expect(!store.requests.isEmpty)
                }
            }
        }
    }

    /// Where a store's signed address is no longer good, the hub gives a new one.
    @Test func anAddressThatIsNoLongerGoodIsRenewed() async throws {
        try await withScratchFolder { cache in
            let store = FakeHub(FakeHub.model) { _, earlier in earlier < 3 ? WebReply(status: 403) : nil }
            try await WebServer.with(store.answer) { store in
                let hub = FakeHub(FakeHub.model, elsewhere: store.address)
                try await WebServer.with(hub.answer) { server in
                    try await server.pull(into: cache)
                    #expect(tree(cache) == PullTests.layout(FakeHub.model))
                }
            }
        }
    }

    /// A renamed repository: the hub redirects to itself, and the token goes along.
    @Test func aRenamedModelIsFound() async throws {
        try await withScratchFolder { cache in
            let hub = FakeHub(FakeHub.model) { request, _ in
                guard request.uri.contains("/old/name/") else { return nil }
                let place = request.uri.replacingOccurrences(of: "/old/name/", with: "/org/model/")
                return WebReply(status: 307, headers: ["Location": place])
            }
            try await WebServer.with(hub.answer) { server in
                let snapshot = try await server.pull("old/name", token: "hf_x", into: cache)
                #expect(server.requests.allSatisfy { $0.request.headers["authorization"] == ["Bearer hf_x"] })
                let weights = try Data(contentsOf: snapshot.appendingPathComponent("model.safetensors"))
                #expect(Array(weights) == FakeHub.File.weights.content)
            }
        }
    }
}
