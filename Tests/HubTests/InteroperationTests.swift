import Foundation
import Hub
import Testing

private let pythonWithHub = ProcessInfo.processInfo.environment["CINNABAR_HUB_PYTHON"]

/// The cache between this program and Hugging Face's Python library, which `CINNABAR_HUB_PYTHON` must bring: the path of
/// a Python interpreter that imports `huggingface_hub`.
@Suite(
    .enabled(if: pythonWithHub != nil, "CINNABAR_HUB_PYTHON names no Python with huggingface_hub"),
    .serialized
)
struct InteroperationTests {
    /// What a Python program prints.
    private func run(_ program: String, _ environment: [String: String]) async throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(pythonWithHub))
        process.arguments = ["-c", program]
        process.environment = environment.merging(["HF_HUB_DISABLE_XET": "1", "HOME": "/nowhere"]) { given, _ in given }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = await Task.detached { output.fileHandleForReading.readDataToEndOfFile() }.value
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test func itFindsWhatWePulled() async throws {
        try await withScratchFolder { cache in
            try await WebServer.with(FakeHub(FakeHub.model).answer) { server in
                let snapshot = try await server.pull(into: cache)
                let found = try await run(
                    """
                    from huggingface_hub import snapshot_download, scan_cache_dir, try_to_load_from_cache
                    print(snapshot_download("org/model", local_files_only=True))
                    print(try_to_load_from_cache("org/model", "config.json"))
                    info = scan_cache_dir()
                    print(len(info.warnings), [(r.repo_id, r.size_on_disk, sorted(r.refs)) for r in info.repos])
                    """,
                    ["HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": cache.path]
                )
                let size = FakeHub.model.reduce(0) { $0 + $1.content.count }
                #expect(
                    found.split(separator: "\n").map(String.init) == [
                        snapshot.path, snapshot.path + "/config.json", "0 [('org/model', \(size), ['main'])]",
                    ]
                )
            }
        }
    }

    @Test func weFindWhatItPulled() async throws {
        try await withScratchFolder { cache in
            try await WebServer.with(FakeHub(FakeHub.model).answer) { store in
                // As the real store: a host of another name.
                let hub = FakeHub(FakeHub.model, elsewhere: URL(string: "http://localhost:\(store.port)"))
                try await WebServer.with(hub.answer) { server in
                    let snapshot = try await run(
                        "from huggingface_hub import snapshot_download\nprint(snapshot_download('org/model'))",
                        ["HF_ENDPOINT": server.address.absoluteString, "HF_HUB_CACHE": cache.path]
                    )
                    let model = try #require(HubCache(cache).models().first)
                    #expect(model.repository.description == "org/model" && model.snapshots.map(\.files) == [3])
                    #expect(model.snapshots.map(\.revisions) == [["main"]])
                    let reference = try #require(ModelReference("org/model"))
                    #expect(try HubCache(cache).find(reference)?.path == snapshot)
                    // Nothing of it is fetched again.
                    let before = server.contentBytes + store.contentBytes
                    try await server.pull(into: cache)
                    #expect(server.contentBytes + store.contentBytes == before)
                    try HubCache(cache).remove(RepositoryID("org/model"))
                    #expect(HubCache(cache).models().isEmpty)
                }
            }
        }
    }
}
