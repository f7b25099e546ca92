import Common
import Crypto
import Foundation
import Hub
import NIOHTTP1
import Synchronization

/// A hub with one repository, `org/model`, that speaks the routes of the real one; a script may answer in its place.
final class FakeHub: Sendable {
    struct File: Sendable {
        var name: String
        var content: [UInt8]
        /// Stored in Git LFS, hence named by SHA-256 and redirected to another path.
        var isLarge: Bool

        var hash: String {
            isLarge
                ? hex(SHA256.hash(data: content))
                : hex(Insecure.SHA1.hash(data: Array("blob \(content.count)\0".utf8) + content))
        }
    }

    static let commit = String(repeating: "c0ffee12", count: 5)

    let files: [File]
    /// Whether the listing tells sizes and hashes.
    let isTelling: Bool
    /// Where large files are, in place of this server.
    let elsewhere: URL?
    private let script: @Sendable (WebRequest, Int) -> WebReply?
    private let counts = Mutex<[String: Int]>([:])

    /// - Parameter script: gets the request and how many there were for its path before; nil for the proper answer.
    init(
        _ files: [File],
        isTelling: Bool = true,
        elsewhere: URL? = nil,
        script: @escaping @Sendable (WebRequest, Int) -> WebReply? = { _, _ in nil }
    ) {
        self.files = files
        self.isTelling = isTelling
        self.elsewhere = elsewhere
        self.script = script
    }

    func answer(_ request: WebRequest) -> WebReply {
        let earlier = counts.withLock { counts in
            defer { counts[request.path, default: 0] += 1 }
            return counts[request.path, default: 0]
        }
        return script(request, earlier) ?? proper(request)
    }

    /// What the real hub would answer.
    func proper(_ request: WebRequest) -> WebReply {
        let path = request.path.removingPercentEncoding ?? ""
        for revision in ["main", "v1", Self.commit] {
            if path == "/api/models/org/model/revision/\(revision)" { return listing }
            if path == "/api/models/org/model/tree/\(revision)" { return wholeTree }
        }
        for file in files {
            if path == "/org/model/resolve/\(Self.commit)/\(file.name)" { return resolve(file, request) }
            if path == "/store/\(file.hash)" { return Self.content(file.content, request) }
        }
        let missing = path.contains("/revision/") ? "RevisionNotFound" : "EntryNotFound"
        let isOurs = path.contains("org/model")
        return WebReply(status: 404, headers: ["X-Error-Code": isOurs ? missing : "RepoNotFound"])
    }

    private var listing: WebReply {
        let siblings = files.map { file -> [String: Any] in
            guard isTelling else { return ["rfilename": file.name] }
            var entry: [String: Any] = ["rfilename": file.name, "size": file.content.count]
            if file.isLarge {
                entry["blobId"] = String(repeating: "0", count: 40)
                entry["lfs"] = ["sha256": file.hash, "size": file.content.count, "pointerSize": 134] as [String: Any]
            } else {
                entry["blobId"] = file.hash
            }
            return entry
        }
        return Self.json(["id": "org/model", "sha": Self.commit, "siblings": siblings, "private": false])
    }

    /// The route by which the Python library lists files.
    private var wholeTree: WebReply {
        Self.json(
            files.map { file -> [String: Any] in
                var entry: [String: Any] = ["type": "file", "path": file.name, "size": file.content.count]
                entry["oid"] = file.isLarge ? String(repeating: "0", count: 40) : file.hash
                if file.isLarge {
                    entry["lfs"] = ["oid": file.hash, "size": file.content.count, "pointerSize": 134] as [String: Any]
                }
                return entry
            }
        )
    }

    static func json(_ value: Any) -> WebReply {
        let data = (try? JSONSerialization.data(withJSONObject: value)) ?? Data()
        return WebReply(status: 200, headers: ["Content-Type": "application/json"], body: Array(data))
    }

    private func resolve(_ file: File, _ request: WebRequest) -> WebReply {
        guard file.isLarge else {
            var reply = Self.content(file.content, request)
            reply.headers.add(name: "ETag", value: "\"\(file.hash)\"")
            reply.headers.add(name: "X-Repo-Commit", value: Self.commit)
            return reply
        }
        return WebReply(
            status: 302,
            headers: [
                "Location": (elsewhere?.absoluteString ?? "") + "/store/\(file.hash)",
                "X-Repo-Commit": Self.commit,
                "X-Linked-Etag": "\"\(file.hash)\"",
                "X-Linked-Size": "\(file.content.count)",
            ],
            body: Array("Found".utf8)
        )
    }

    /// A file, or the range of it that is asked for.
    static func content(_ content: [UInt8], _ request: WebRequest) -> WebReply {
        guard let range = request.range else { return WebReply(status: 200, body: content) }
        guard range.upperBound < content.count else { return WebReply(status: 416) }
        let text = "bytes \(range.lowerBound)-\(range.upperBound)/\(content.count)"
        return WebReply(status: 206, headers: ["Content-Range": text], body: Array(content[range]))
    }
}

func hex(_ bytes: some Sequence<UInt8>) -> String { bytes.map { String(format: "%02x", $0) }.joined() }

extension FakeHub.File {
    static func random(_ name: String, _ size: Int, isLarge: Bool = true, seed: UInt64 = 1) -> Self {
        var random = SplitMix64(seed: seed)
        return .init(
            name: name,
            content: (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) },
            isLarge: isLarge
        )
    }

    static let config = FakeHub.File(
        name: "config.json",
        content: Array("{\"model_type\": \"toy\"}\n".utf8),
        isLarge: false
    )
    /// Some 300 kB: five parts of the tests' size.
    static let weights = random("model.safetensors", 300_001)
}

extension FakeHub {
    static var model: [File] { [.config, .random("tokenizer.json", 5000, isLarge: false), .weights] }
}

extension TransferLimits {
    /// Parts of 64 KiB, and no long pauses.
    static let quick: TransferLimits = {
        var limits = TransferLimits()
        limits.connections = 3
        limits.partSize = 64 << 10
        limits.attempts = 4
        limits.firstPause = 0.001
        limits.longestPause = 0.002
        limits.patience = 1
        limits.progress = 1000
        limits.connectTimeout = 2
        limits.readTimeout = 20
        return limits
    }()
}

extension WebServer {
    /// A pull from this server into `cache`.
    ///
    /// - Returns: the snapshot's folder.
    @discardableResult
    func pull(
        _ name: String = "org/model",
        revision: String = "main",
        selection: FileSelection = FileSelection(),
        token: String? = nil,
        limits: TransferLimits = .quick,
        into cache: URL,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> URL {
        let environment = ["HF_ENDPOINT": address.absoluteString, "HF_HOME": "/nowhere", "HF_HUB_CACHE": cache.path]
        let settings = try HubSettings(environment: environment, token: token)
        let (repository, revision) = (try RepositoryID(name), try Revision(revision))
        return try await HubClient.with(settings, limits: limits) { client in
            try await Pull(repository, revision, selection, client: client).run(progress)
        }
    }

    /// Bytes of content that were sent.
    var contentBytes: Int { requests.filter { !$0.request.uri.hasPrefix("/api/") }.reduce(0) { $0 + $1.bytes } }
}
