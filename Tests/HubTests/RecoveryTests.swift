import Common
import Foundation
import Hub
import NIOHTTP1
import Synchronization
import Testing

/// Lost connections and ended programs: a pull goes on where it was, and the result is the same.
@Suite struct RecoveryTests {
    private let weights = FakeHub.File.weights

    /// Every answer to a range is cut somewhere, apart from the last attempts.
    @Test(arguments: 0..<4) func cutConnectionsAreTakenUpAgain(round: Int) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        let random = Mutex(SplitMix64(seed: seed))
        try await withScratchFolder { cache in
            let hub = FakeHub([weights]) { [weights] request, _ in
                guard request.path.hasPrefix("/store/") else { return nil }
                var reply = FakeHub.content(weights.content, request)
                // Short rests arrive, so that the transfer ends.
                guard reply.body.count > 2000 else { return reply }
                reply.sent = random.withLock { .random(in: 1500..<reply.body.count, using: &$0) }
                reply.ending = .cut
                return reply
            }
            try await WebServer.with(hub.answer) { server in
                try await server.pull(into: cache)
                #expect(tree(cache) == PullTests.layout([weights]), "seed \(seed)")
                // Each request begins where the last one of its part ended.
                let part = TransferLimits.quick.partSize
                let ranges = server.requests.map(\.request).filter { $0.path.hasPrefix("/store/") }.compactMap(\.range)
                for (_, ranges) in Dictionary(grouping: ranges, by: { $0.lowerBound / part }) {
                    let starts = ranges.map(\.lowerBound)
                    #expect(zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 }, "seed \(seed): \(ranges)")
                }
            }
        }
    }

    /// Nothing that has arrived is asked for again by the next pull, whatever the moment of the end.
    @Test(arguments: [1, 40_000, 70_000, 250_000]) func anEndedPullGoesOn(after bytes: Int) async throws {
        try await withScratchFolder { cache in
            let isStalling = Mutex(true)
            let hub = FakeHub([weights]) { [weights] request, _ in
                guard request.path.hasPrefix("/store/"), isStalling.withLock({ $0 }) else { return nil }
                var reply = FakeHub.content(weights.content, request)
                // Parts in front of that byte come whole, the others as far as it.
                let first = request.range?.lowerBound ?? 0
                reply.sent = max(1, min(reply.body.count, bytes - first))
                if reply.sent != reply.body.count { reply.ending = .stall }
                return reply
            }
            try await WebServer.with(hub.answer) { server in
                let (arrivals, arrival) = AsyncStream.makeStream(of: Int.self)
                let first = Task { try await server.pull(into: cache) { arrival.yield($0) } }
                for await count in arrivals where count >= bytes { break }
                first.cancel()
                await #expect(throws: CancellationError.self) { try await first.value }
                #expect(!tree(cache).keys.contains { $0.contains("/snapshots/") || $0.contains("/refs/") })

                isStalling.withLock { $0 = false }
                let before = server.requests.count
                let counts = Mutex<[Int]>([])
                try await server.pull(into: cache) { count in counts.withLock { $0.append(count) } }
                #expect(tree(cache) == PullTests.layout([weights]))
                let asked = server.requests[before...].reduce(0) { $0 + $1.bytes } - server.listingBytes(from: before)
                #expect(asked <= weights.content.count - bytes)
                #expect(counts.withLock { $0.last } == weights.content.count)
            }
        }
    }

    /// All that stands on the disk when a program is killed is the partial file: its counts may be anything.
    @Test func whateverAKilledProgramLeft() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<12 {
            try await withScratchFolder { cache in
                let blobs = cache.appendingPathComponent("models--org--model/blobs")
                try FileManager.default.createDirectory(at: blobs, withIntermediateDirectories: true)
                let partial = blobs.appendingPathComponent("\(weights.hash).cinnabar.incomplete")
                var left = Data(weights.content) + Data(count: 40)
                // Some bytes and counts are damaged, or the length is.
                for _ in 0..<Int.random(in: 0..<4, using: &random) {
                    left[Int.random(in: 0..<left.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                for index in left.indices.suffix(40) where Bool.random(using: &random) {
                    left[index] = .random(in: 0...(index % 8 < 2 ? 255 : 0), using: &random)
                }
                if Bool.random(using: &random) { left.removeLast(.random(in: 1..<left.count, using: &random)) }
                try left.write(to: partial)
                try await WebServer.with(FakeHub([weights]).answer) { server in
                    try await server.pull(into: cache)
                    #expect(tree(cache) == PullTests.layout([weights]), "seed \(seed)")
                }
            }
        }
    }

    /// Connections that go silent are given up and taken up again.
    @Test func silenceIsNotWaitedForForEver() async throws {
        try await withScratchFolder { cache in
            let hub = FakeHub([weights]) { [weights] request, earlier in
                guard request.path.hasPrefix("/store/"), earlier < 2 else { return nil }
                var reply = FakeHub.content(weights.content, request)
                reply.sent = 5000
                reply.ending = .stall
                return reply
            }
            var limits = TransferLimits.quick
            limits.readTimeout = 0.3
            try await WebServer.with(hub.answer) { [limits] server in
                try await server.pull(limits: limits, into: cache)
                #expect(tree(cache) == PullTests.layout([weights]))
            }
        }
    }

    /// A hub that sends less of a range than asked for, and says so.
    @Test func shorterRangesAreContinued() async throws {
        try await withScratchFolder { cache in
            let hub = FakeHub([weights]) { [weights] request, _ in
                guard request.path.hasPrefix("/store/"), let range = request.range, range.count > 20_000 else {
                    return nil
                }
                let last = range.lowerBound + 19_999
                return WebReply(
                    status: 206,
                    headers: ["Content-Range": "bytes \(range.lowerBound)-\(last)/*"],
                    body: Array(weights.content[range.lowerBound...last])
                )
            }
            try await WebServer.with(hub.answer) { server in
                try await server.pull(into: cache)
                #expect(tree(cache) == PullTests.layout([weights]))
                #expect(server.contentBytes == weights.content.count)
            }
        }
    }

    /// A hub without ranges sends the file in one stream; what a first, cut stream brought need not be written again.
    @Test func aHubWithoutRangesWorks() async throws {
        try await withScratchFolder { cache in
            let hub = FakeHub([weights]) { [weights] request, earlier in
                guard request.path.hasPrefix("/store/") else { return nil }
                var reply = WebReply(status: 200, body: weights.content)
                if earlier == 3 { (reply.sent, reply.ending) = (200_000, .cut) }
                return reply
            }
            try await WebServer.with(hub.answer) { server in
                try await server.pull(into: cache)
                #expect(tree(cache) == PullTests.layout([weights]))
            }
        }
    }

    @Test func damagedBytesAreFetchedOnceMore() async throws {
        try await withScratchFolder { cache in
            let hub = FakeHub(FakeHub.model) { [weights] request, earlier in
                guard request.path.hasPrefix("/store/"), earlier == 1 else { return nil }
                return FakeHub.content(weights.content.map { $0 ^ 1 }, request)
            }
            try await WebServer.with(hub.answer) { server in
                try await server.pull(into: cache)
                #expect(tree(cache) == PullTests.layout(FakeHub.model))
                #expect(server.contentBytes == FakeHub.model.reduce(weights.content.count) { $0 + $1.content.count })
            }
        }
    }
}

extension WebServer {
    /// Bytes of listings among the requests from one on.
    func listingBytes(from first: Int) -> Int {
        requests[first...].filter { $0.request.uri.hasPrefix("/api/") }.reduce(0) { $0 + $1.bytes }
    }
}
