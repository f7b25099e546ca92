import Common
import Foundation
import Hub
import NIOHTTP1
import Testing

/// Hubs that contradict themselves or mean harm: an error that says what is wrong, nothing kept, nothing outside the
/// cache.
@Suite struct HostileHubTests {
    private static let weights = FakeHub.File.weights

    /// What a hub may answer to a request for content.
    struct Lie: CustomTestStringConvertible {
        var testDescription: String
        var mentions: [String]
        var answer: @Sendable (WebRequest) -> WebReply
    }

    private static func content(_ request: WebRequest) -> WebReply { FakeHub.content(weights.content, request) }

    private static func range(_ text: String) -> @Sendable (WebRequest) -> WebReply {
        { request in
            var reply = content(request)
            reply.headers = ["Content-Range": text]
            return reply
        }
    }

    static let lies = [
        Lie(testDescription: "damaged bytes", mentions: ["twice", "SHA-256", weights.hash]) { request in
            var reply = content(request)
            reply.body[0] ^= 1
            return reply
        },
        Lie(
            testDescription: "another range",
            mentions: ["'bytes 1-65536/300001'"],
            answer: range("bytes 1-65536/300001")
        ),
        Lie(testDescription: "another size", mentions: ["/300001 of", "/9'"], answer: range("bytes 0-5/9")),
        Lie(
            testDescription: "a range beyond",
            mentions: ["'bytes 0-300000/300001'"],
            answer: range("bytes 0-300000/300001")
        ),
        Lie(testDescription: "no numbers", mentions: ["'bytes */*'"], answer: range("bytes */*")),
        Lie(
            testDescription: "numbers beyond numbers",
            mentions: ["9223372036854775807"],
            answer: range("bytes 0-9223372036854775807/9223372036854775807")
        ),
        Lie(testDescription: "more bytes than the range", mentions: ["more of model.safetensors"]) { request in
            var reply = content(request)
            reply.body += [1, 2, 3]
            return reply
        },
        Lie(testDescription: "a compressed form", mentions: ["'gzip'"]) { request in
            var reply = content(request)
            reply.headers.add(name: "Content-Encoding", value: "gzip")
            return reply
        },
        Lie(testDescription: "a shorter file", mentions: ["sends 7 bytes", "300001"]) { _ in
            WebReply(status: 200, body: [1, 2, 3, 4, 5, 6, 7])
        },
        Lie(testDescription: "always silence behind a byte", mentions: ["connection", "in a row"]) { request in
            var reply = content(request)
            (reply.sent, reply.ending) = (1, .cut)
            return reply
        },
    ]

    @Test(arguments: lies) func aLieIsAnError(lie: Lie) async throws {
        try await withScratchFolder { cache in
            let hub = FakeHub([.config, Self.weights]) { request, _ in
                request.path.hasPrefix("/store/") ? lie.answer(request) : nil
            }
            try await WebServer.with(hub.answer) { server in
                let error = await #expect(throws: CinnabarError.self) { try await server.pull(into: cache) }
                for part in lie.mentions { #expect(error?.description.contains(part) == true, "\(error as Any)") }
                #expect(error?.hint != nil)
                let left = tree(cache).keys
                #expect(!left.contains { $0.contains("/snapshots/") || $0.contains("/refs/") })
                #expect(!left.contains("models--org--model/blobs/\(Self.weights.hash)"))
            }
        }
    }

    @Test func nothingDamagedIsKept() async throws {
        try await withScratchFolder { cache in
            let hub = FakeHub([Self.weights]) { request, _ in
                request.path.hasPrefix("/store/") ? Self.lies[0].answer(request) : nil
            }
            try await WebServer.with(hub.answer) { server in
                await #expect(throws: CinnabarError.self) { try await server.pull(into: cache) }
                #expect(tree(cache).isEmpty)
            }
        }
    }

    @Test(arguments: [
        "../../../outside", "/etc/passwd", "a/../../../outside", "..", ".", "", "a//b", "a/", "a\\..\\b", "a\0b",
        "a\nb",
        String(repeating: "n", count: 300), String(repeating: "n/", count: 600) + "n",
    ])
    func namesThatLeaveTheRepositoryAreRefused(name: String) async throws {
        try await withScratchFolder { folder in
            let hub = FakeHub([.config]) { request, _ in
                guard request.path.hasPrefix("/api/") else { return WebReply(status: 200, body: [1, 2, 3]) }
                let entry: [String: Any] = [
                    "rfilename": name, "size": 3, "blobId": "7b3b8c7b8f0e9a8d7c6b5a4f3e2d1c0b9a8f7e6d",
                ]
                return FakeHub.json(["sha": FakeHub.commit, "siblings": [entry]])
            }
            try await WebServer.with(hub.answer) { server in
                let error = await #expect(throws: CinnabarError.self) {
                    try await server.pull(
                        selection: FileSelection(include: ["*"]),
                        into: folder.appendingPathComponent("a/b/c/cache")
                    )
                }
                #expect(error?.code == .malformed && error?.description.contains("not inside a repository") == true)
                #expect(server.requests.count == 1 && tree(folder).isEmpty)
            }
        }
    }

    @Test(arguments: [
        "", "<html>Log in to the network</html>", "[]", "{}", "{\"sha\": 5, \"siblings\": []}",
        "{\"sha\": \"../../x\", \"siblings\": []}",
        "{\"sha\": \"\(FakeHub.commit)\"}",
        "{\"sha\": \"\(FakeHub.commit)\", \"siblings\": [5]}",
        "{\"sha\": \"\(FakeHub.commit)\", \"siblings\": [{\"rfilename\": \"a\", \"size\": -1}]}",
        "{\"sha\": \"\(FakeHub.commit)\", \"siblings\": [{\"rfilename\": \"a\", \"size\": 1e300}]}",
        "{\"sha\": \"\(FakeHub.commit)\", \"siblings\": [{\"rfilename\": \"a\"}, {\"rfilename\": \"a\"}]}",
        String(repeating: "[", count: 100_000),
    ])
    func listingsThatAreNone(text: String) async throws {
        try await withScratchFolder { cache in
            try await WebServer.with({ _ in WebReply(status: 200, body: Array(text.utf8)) }) { server in
                let error = await #expect(throws: CinnabarError.self) { try await server.pull(into: cache) }
                #expect(error?.code == .malformed && error?.description.contains("listing of model org/model") == true)
                #expect(tree(cache).isEmpty)
            }
        }
    }

    @Test func hashesThatAreNoHashes() async throws {
        try await withScratchFolder { cache in
            let hub = FakeHub([.config], isTelling: false) { request, _ in
                request.method == .HEAD ? WebReply(status: 200, headers: ["ETag": "\"../../../x\""], body: [1]) : nil
            }
            try await WebServer.with(hub.answer) { server in
                let error = await #expect(throws: CinnabarError.self) {
                    try await server.pull(selection: FileSelection(include: ["*"]), into: cache)
                }
                #expect(error?.description.contains("no size and hash of config.json") == true)
                #expect(tree(cache).isEmpty)
            }
        }
    }

    @Test func anEndlessListingIsCutOff() async throws {
        var limits = TransferLimits.quick
        limits.listingSize = 1000
        try await withScratchFolder { [limits] cache in
            let reply = WebReply(status: 200, body: Array(repeating: UInt8(ascii: " "), count: 100_000))
            try await WebServer.with({ _ in reply }) { server in
                let error = await #expect(throws: CinnabarError.self) {
                    try await server.pull(limits: limits, into: cache)
                }
                #expect(error?.code == .malformed)
            }
        }
    }

    /// Mutated listings: whatever they say, nothing is written outside the cache and every link leads to a blob.
    @Test func mutatedListings() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix64(seed: seed)
        let pieces = [
            "../", "/", "\"", "{", "]", "null", "-1", "99999999999999999999", "\\u0000", "lfs", "1e9", "..", ":",
        ]
        let file = FakeHub.File.random("deep/model.safetensors", 3000)
        let proper = FakeHub([.config, file])
        let listing = proper.proper(WebRequest(method: .GET, uri: "/api/models/org/model/revision/main", headers: [:]))
        for round in 0..<120 {
            var body = listing.body
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let place = Int.random(in: 0..<body.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: body[place] = .random(in: 0...255, using: &random)
                case 1: body.removeSubrange(place..<min(body.count, place + .random(in: 1..<20, using: &random)))
                default: body.insert(contentsOf: Array(pieces.randomElement(using: &random)!.utf8), at: place)
                }
                if body.isEmpty { body = [0] }
            }
            let mutated = WebReply(status: 200, body: body)
            try await withScratchFolder { folder in
                let answer: WebServer.Answer = { $0.uri.hasPrefix("/api/") ? mutated : proper.proper($0) }
                try await WebServer.with(answer) { server in
                    let cache = folder.appendingPathComponent("a/b/cache")
                    do {
                        try await server.pull(selection: FileSelection(include: ["*"]), into: cache)
                    } catch is CinnabarError {
                        // Said and done.
                    }
                    let entries = tree(folder)
                    #expect(
                        entries.keys.allSatisfy { $0.hasPrefix("a/b/cache/models--org--model/") },
                        "seed \(seed), \(round)"
                    )
                    for (name, target) in entries where target.hasPrefix("-> ") {
                        let link = folder.appendingPathComponent(name).resolvingSymlinksInPath().path
                        #expect(link.contains("/models--org--model/blobs/"), "seed \(seed), \(round)")
                    }
                }
            }
        }
    }
}
