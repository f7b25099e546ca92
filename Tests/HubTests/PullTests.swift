import Common
import Foundation
import Hub
import NIOHTTP1
import Synchronization
import Testing

/// A pull from a hub without faults.
@Suite struct PullTests {
    /// What the cache must hold after a pull of these files, by the layout of other tools.
    static func layout(_ files: [FakeHub.File], references: [String] = ["main"]) -> [String: String] {
        var expected: [String: String] = [:]
        for file in files {
            let place = "models--org--model/snapshots/\(FakeHub.commit)/\(file.name)"
            let up = String(repeating: "../", count: 2 + file.name.count { $0 == "/" })
            expected[place] = "-> \(up)blobs/\(file.hash)"
            expected["models--org--model/blobs/\(file.hash)"] = Data(file.content).base64EncodedString()
        }
        for name in references {
            expected["models--org--model/refs/\(name)"] = Data(FakeHub.commit.utf8).base64EncodedString()
        }
        return expected
    }

    @Test func filesGoWhereOtherToolsLook() async throws {
        try await withScratchFolder { cache in
            let hub = FakeHub(FakeHub.model)
            try await WebServer.with(hub.answer) { server in
                let snapshot = try await server.pull(into: cache)
                #expect(tree(cache) == Self.layout(FakeHub.model))
                let weights = try Data(contentsOf: snapshot.appendingPathComponent("model.safetensors"))
                #expect(Array(weights) == FakeHub.File.weights.content)
                #expect(server.contentBytes == FakeHub.model.reduce(0) { $0 + $1.content.count })
            }
        }
    }

    @Test func whatIsThereIsNotFetchedAgain() async throws {
        try await withScratchFolder { cache in
            let hub = FakeHub(FakeHub.model)
            try await WebServer.with(hub.answer) { server in
                try await server.pull(into: cache)
                let before = server.contentBytes
                try await server.pull(revision: "v1", into: cache)
                try await server.pull(revision: FakeHub.commit, into: cache)
                #expect(server.contentBytes == before)
                #expect(tree(cache) == Self.layout(FakeHub.model, references: ["main", "v1"]))
            }
        }
    }

    @Test func aBlobOfTheWrongLengthIsFetchedAgain() async throws {
        try await withScratchFolder { cache in
            let hub = FakeHub(FakeHub.model)
            try await WebServer.with(hub.answer) { server in
                try await server.pull(into: cache)
                let blob = cache.appendingPathComponent("models--org--model/blobs/\(FakeHub.File.weights.hash)")
                try Data("cut".utf8).write(to: blob)
                try await server.pull(into: cache)
                #expect(tree(cache) == Self.layout(FakeHub.model))
            }
        }
    }

    /// Sizes around those of parts, and none at all.
    @Test func everySizeArrives() async throws {
        let part = TransferLimits.quick.partSize
        let sizes = [0, 1, part - 1, part, part + 1, 2 * part, 3 * part + 1]
        let files = sizes.flatMap { size in
            [true, false].map { FakeHub.File.random("\(size)-\($0).bin", size, isLarge: $0, seed: UInt64(size)) }
        }
        try await withScratchFolder { cache in
            try await WebServer.with(FakeHub(files).answer) { server in
                try await server.pull(selection: FileSelection(include: ["*"]), into: cache)
                #expect(tree(cache) == Self.layout(files))
            }
        }
    }

    @Test func foldersAndOddNamesArrive() async throws {
        let names = ["a b.json", "deep/er/ü%20?.json", "plus+&=#.json", "😀.json", "a'\"b.json"]
        let files = names.enumerated().map {
            FakeHub.File.random($0.element, 100 + $0.offset, isLarge: $0.offset % 2 == 0, seed: UInt64($0.offset))
        }
        try await withScratchFolder { cache in
            try await WebServer.with(FakeHub(files).answer) { server in
                try await server.pull(selection: FileSelection(include: ["*"]), into: cache)
                #expect(tree(cache) == Self.layout(files))
            }
        }
    }

    /// Each pull adds to the snapshot what it chooses.
    @Test func aSnapshotGrows() async throws {
        try await withScratchFolder { cache in
            try await WebServer.with(FakeHub(FakeHub.model).answer) { server in
                for (count, file) in FakeHub.model.enumerated() {
                    try await server.pull(selection: FileSelection(include: [file.name]), into: cache)
                    #expect(tree(cache) == Self.layout(Array(FakeHub.model[...count])))
                }
            }
        }
    }

    @Test func filesOfOneContentAreFetchedOnce() async throws {
        var copy = FakeHub.File.weights
        copy.name = "copy.safetensors"
        let files = [FakeHub.File.weights, copy]
        try await withScratchFolder { cache in
            try await WebServer.with(FakeHub(files).answer) { server in
                try await server.pull(into: cache)
                #expect(tree(cache) == Self.layout(files))
                #expect(server.contentBytes == copy.content.count)
            }
        }
    }

    /// Mirrors whose listing has names only: sizes and hashes come from the heads of the files.
    @Test func aListingOfNamesIsEnough() async throws {
        try await withScratchFolder { cache in
            try await WebServer.with(FakeHub(FakeHub.model, isTelling: false).answer) { server in
                try await server.pull(into: cache)
                #expect(tree(cache) == Self.layout(FakeHub.model))
                #expect(server.requests.count { $0.request.method == .HEAD } == FakeHub.model.count)
            }
        }
    }

    @Test func largeFilesComeInPartsSideBySide() async throws {
        try await withScratchFolder { cache in
            try await WebServer.with(FakeHub([.weights]).answer) { server in
                try await server.pull(into: cache)
                let ranges = server.requests.filter { $0.request.path.hasPrefix("/store/") }.map(\.request.range)
                let part = TransferLimits.quick.partSize
                let size = FakeHub.File.weights.content.count
                let expected = stride(from: 0, to: size, by: part).map { $0...(min($0 + part, size) - 1) }
                #expect(Set(ranges) == Set(expected) && ranges.count == expected.count)
            }
        }
    }

    @Test func progressEndsAtTheSize() async throws {
        try await withScratchFolder { cache in
            try await WebServer.with(FakeHub(FakeHub.model).answer) { server in
                let told = Mutex<[Int]>([])
                try await server.pull(into: cache) { count in told.withLock { $0.append(count) } }
                let counts = told.withLock { $0 }
                #expect(counts == counts.sorted())
                #expect(counts.last == FakeHub.model.reduce(0) { $0 + $1.content.count })
            }
        }
    }

    @Test func aFullDiskIsSeenBefore() async throws {
        try await withScratchFolder { cache in
            let hub = FakeHub([.config]) { request, _ in
                guard request.path.hasPrefix("/api/") else { return nil }
                let weights: [String: Any] = [
                    "rfilename": "model.safetensors",
                    "lfs": ["sha256": String(repeating: "a", count: 64), "size": 1 << 45] as [String: Any],
                ]
                return FakeHub.json(["sha": FakeHub.commit, "siblings": [weights]])
            }
            try await WebServer.with(hub.answer) { server in
                let error = await #expect(throws: CinnabarError.self) { try await server.pull(into: cache) }
                #expect(error?.code == .resource && error?.description.contains("35.2 TB") == true)
                #expect(server.contentBytes == 0 && tree(cache).isEmpty)
            }
        }
    }

    @Test func offlineNothingIsAsked() async throws {
        try await withScratchFolder { cache in
            try await WebServer.with(FakeHub(FakeHub.model).answer) { server in
                let environment = ["HF_ENDPOINT": server.address.absoluteString, "HF_HUB_OFFLINE": "1"]
                let settings = try HubSettings(environment: environment)
                await #expect(throws: CinnabarError.self) { try await HubClient.with(settings) { _ in } }
                #expect(server.requests.isEmpty)
            }
        }
    }
}
