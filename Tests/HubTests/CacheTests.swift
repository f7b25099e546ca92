import Common
import Foundation
import Hub
import Testing

/// What is in the cache: shown, found by name, removed.
@Suite struct CacheTests {
    private static let repository = "org/model"

    private func reference(_ text: String) throws -> ModelReference { try #require(ModelReference(text)) }

    @Test func aPulledModelIsListedAndFound() async throws {
        try await withScratchFolder { folder in
            let cache = HubCache(folder)
            #expect(cache.models().isEmpty)
            try await WebServer.with(FakeHub(FakeHub.model).answer) { server in
                let snapshot = try await server.pull(into: folder)
                try await server.pull(revision: "v1", into: folder)
                let model = try #require(cache.models().first)
                #expect(cache.models().count == 1 && model.repository.description == "org/model")
                #expect(model.snapshots.map(\.commit) == [FakeHub.commit] && model.unfinished == 0)
                #expect(model.snapshots[0].revisions == ["main", "v1"])
                #expect(model.snapshots[0].files == 3 && model.snapshots[0].missing == 0)
                #expect(model.snapshots[0].size == FakeHub.model.reduce(0) { $0 + $1.content.count })
                for name in ["org/model", "org/model@main", "org/model@v1", "org/model@\(FakeHub.commit)"] {
                    #expect(try cache.find(reference(name))?.path == snapshot.path, "\(name)")
                }
                for name in ["org/other", "org/model@v2", "org/model@\(String(repeating: "1", count: 40))"] {
                    #expect(try cache.find(reference(name)) == nil, "\(name)")
                }
            }
        }
    }

    @Test func theOnlyPulledRevisionIsFoundWithoutItsName() async throws {
        try await withScratchFolder { folder in
            try await WebServer.with(FakeHub(FakeHub.model).answer) { server in
                let snapshot = try await server.pull(revision: "v1", into: folder)
                #expect(try HubCache(folder).find(reference("org/model"))?.path == snapshot.path)
            }
        }
    }

    @Test func aFileInGGUFIsFound() async throws {
        let files = ["a-Q4.gguf", "a-Q8.gguf"].map { FakeHub.File.random($0, 100, seed: UInt64($0.count)) }
        try await withScratchFolder { folder in
            let cache = HubCache(folder)
            try await WebServer.with(FakeHub(files).answer) { server in
                let choice = await #expect(throws: CinnabarError.self) { try await server.pull(into: folder) }
                #expect(choice?.description.contains("a-Q4.gguf, a-Q8.gguf") == true)
                #expect(choice?.hint?.contains("--include 'a-Q4.gguf'") == true)
                #expect(tree(folder).isEmpty)

                let snapshot = try await server.pull(selection: FileSelection(include: ["*Q8*"]), into: folder)
                #expect(try cache.find(reference("org/model"))?.path == snapshot.path + "/a-Q8.gguf")
                #expect(throws: CinnabarError.self) { try cache.find(reference("org/model/a-Q4.gguf")) }

                try await server.pull(selection: FileSelection(include: ["*Q4*"]), into: folder)
                let several = #expect(throws: CinnabarError.self) { try cache.find(reference("org/model")) }
                #expect(several?.hint?.contains("org/model/a-Q4.gguf") == true)
                #expect(try cache.find(reference("org/model/a-Q4.gguf"))?.path == snapshot.path + "/a-Q4.gguf")
            }
        }
    }

    @Test func aRemovedModelIsGone() async throws {
        try await withScratchFolder { folder in
            let cache = HubCache(folder)
            let repository = try RepositoryID(Self.repository)
            try await WebServer.with(FakeHub(FakeHub.model).answer) { server in
                try await server.pull(into: folder)
                try cache.remove(repository)
                #expect(tree(folder).isEmpty && cache.models().isEmpty)
                let error = #expect(throws: CinnabarError.self) { try cache.remove(repository) }
                #expect(error?.description.contains("org/model is not in") == true)
                try await server.pull(into: folder)
                #expect(tree(folder) == PullTests.layout(FakeHub.model))
            }
        }
    }

    @Test func missingContentIsCounted() async throws {
        try await withScratchFolder { folder in
            try await WebServer.with(FakeHub(FakeHub.model).answer) { server in
                try await server.pull(into: folder)
                let blob = folder.appendingPathComponent("models--org--model/blobs/\(FakeHub.File.weights.hash)")
                try FileManager.default.removeItem(at: blob)
                #expect(HubCache(folder).models().first?.snapshots.first?.missing == 1)
            }
        }
    }

    /// While one pulls, another pull and a removal are turned away; the first one ends well.
    @Test func oneAtATime() async throws {
        try await withScratchFolder { folder in
            let repository = try RepositoryID(Self.repository)
            let cache = HubCache(folder)
            try await WebServer.with(FakeHub(FakeHub.model).answer) { server in
                let environment = ["HF_ENDPOINT": server.address.absoluteString, "HF_HUB_CACHE": folder.path]
                let settings = try HubSettings(environment: environment)
                try await HubClient.with(settings, limits: .quick) { client in
                    let pull = try await Pull(repository, client: client)
                    let second = await #expect(throws: CinnabarError.self) { try await server.pull(into: folder) }
                    #expect(second?.description.contains("another program is pulling") == true)
                    #expect(throws: CinnabarError.self) { try cache.remove(repository) }
                    _ = try await pull.run()
                }
                #expect(tree(folder) == PullTests.layout(FakeHub.model))
                try await server.pull(into: folder)
            }
        }
    }

    /// Many that take and release a lock, whose file comes and goes: never two at once.
    @Test func locksExclude() async throws {
        try await withScratchFolder { folder in
            let url = folder.appendingPathComponent("lock")
            let flag = folder.appendingPathComponent("held").path
            let taken = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var taken = 0
                        for _ in 0..<400 {
                            guard let lock = try? FileLock(url, purpose: "testing") else { continue }
                            // Only one can make the folder.
                            #expect(mkdir(flag, 0o700) == 0)
                            rmdir(flag)
                            taken += 1
                            withExtendedLifetime(lock) {}
                        }
                        return taken
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(taken > 0)
        }
    }
}
