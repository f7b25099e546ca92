import Common
package import Foundation
import Synchronization

/// Bringing a revision of a model into the cache: first what is missing, then the bytes.
///
/// While one stands, no other pull or removal of the model begins. It may be ended at any moment, by cancelling or by
/// killing the process: the same pull goes on where it was.
package final class Pull: Sendable {
    package let repository: RepositoryID
    package let commit: String
    /// All chosen files.
    package let files: [HubFile]
    /// Bytes of the files that are not in the cache yet.
    package let size: Int
    /// Bytes of them that an earlier attempt left.
    package let resumed: Int

    private let revision: Revision
    private let cache: HubCache
    private let connections: Int
    private let downloads: [Download]
    private let lock: FileLock

    /// Asks the hub what is to be pulled, and looks that it fits the disk.
    package init(
        _ repository: RepositoryID,
        _ revision: Revision = .main,
        _ selection: FileSelection = FileSelection(),
        client: HubClient
    ) async throws {
        let cache = HubCache(client.settings.cache)
        let listing = try await client.listing(repository, revision)
        let chosen = Set(try selection.choose(listing.entries.map(\.name), of: repository))
        let entries = listing.entries.filter { chosen.contains($0.name) }
        let files = try await concurrently(entries, limit: client.limits.connections) {
            try await client.complete($0, repository, commit: listing.commit)
        }
        lock = try cache.lock(repository, purpose: "pulling or removing \(repository)")
        try OutputFolder.make(cache.blobs(repository))
        // Files of the same content are one blob.
        var seen: Set<String> = []
        let missing = files.filter { !cache.holds($0, repository) && seen.insert($0.hash.digits).inserted }
        try cache.checkSpace(for: missing, repository)
        downloads = try missing.map {
            try Download($0, repository, commit: listing.commit, cache: cache, client: client)
        }
        self.repository = repository
        self.revision = revision
        self.cache = cache
        self.files = files
        connections = client.limits.connections
        commit = listing.commit
        size = missing.reduce(0) { $0 + $1.size }
        resumed = downloads.reduce(0) { $0 + $1.count }
    }

    /// Fetches what is missing and makes the snapshot whole.
    ///
    /// - Parameter progress: told the bytes, up to `size`, that stand in the cache; from any thread, also in between.
    /// - Returns: the folder of the snapshot.
    /// - Throws: `hub`, `malformed`, `resource`, `CancellationError`; the cache then has no part of the new snapshot.
    package func run(_ progress: @escaping @Sendable (Int) -> Void = { _ in }) async throws -> URL {
        let arrived = Mutex(resumed)
        // A file whose hash is wrong is fetched once more; after that `Download` throws.
        for _ in 0..<2 {
            let jobs = downloads.flatMap { download in download.jobs().map { (download, $0) } }
            _ = try await concurrently(jobs, limit: connections) { download, part in
                try await download.run(part) { count in
                    arrived.withLock { total in
                        total += count
                        progress(total)
                    }
                }
            }
        }
        try cache.link(files, repository, commit: commit, revision: revision)
        return cache.snapshot(commit, repository)
    }
}

/// Calls `body` for all elements, so many at a time. The first error ends the others.
func concurrently<Element: Sendable, Result: Sendable>(
    _ elements: [Element],
    limit: Int,
    _ body: @escaping @Sendable (Element) async throws -> Result
) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
        var results: [Result?] = Array(repeating: nil, count: elements.count)
        for (index, element) in elements.enumerated() {
            if index >= limit, let (done, result) = try await group.next() { results[done] = result }
            group.addTask { (index, try await body(element)) }
        }
        for try await (done, result) in group { results[done] = result }
        return results.compactMap { $0 }
    }
}
