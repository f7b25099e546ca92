import AsyncHTTPClient
import Common
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// One file on its way from the hub into the cache: its parts arrive side by side, then its hash is looked at.
final class Download: Sendable {
    let file: HubFile
    private let address: URL
    let subject: String
    private let partial: PartialFile
    private let blob: URL
    private let client: HubClient
    private let state = Mutex(State())

    private struct State {
        /// The hub gives no ranges: the file comes in one stream.
        var isStream = false
        /// Someone looks at the hash.
        var isChecked = false
        var isPublished = false
        /// The hash was wrong once.
        var isDamaged = false
    }

    /// A request for a range was answered by the whole file.
    struct NoRanges: Error {}

    init(
        _ file: HubFile,
        _ repository: RepositoryID,
        commit: String,
        cache: HubCache,
        client: HubClient
    ) throws {
        self.file = file
        self.client = client
        address = client.settings.content(repository, commit: commit, file: file.name)
        subject = "\(file.name) of \(repository)"
        blob = cache.blob(file.hash, repository)
        partial = try PartialFile(
            cache.partial(file.hash, repository),
            size: file.size,
            partSize: client.limits.partSize
        )
    }

    /// Bytes that an earlier attempt left.
    var count: Int { partial.count }

    /// The parts to fetch, to be run side by side; one without a number where only the hash is to be looked at. None at
    /// the end.
    func jobs() -> [Int?] {
        let isDone = state.withLock { state in
            state.isStream = false
            return state.isPublished
        }
        guard !isDone else { return [] }
        let parts = partial.openParts
        return parts.isEmpty ? [nil] : parts
    }

    /// Told how many bytes came, or went because they were wrong.
    typealias Progress = @Sendable (Int) -> Void

    /// Fetches a part; whoever brings the last byte looks at the hash and publishes the file.
    func run(_ part: Int?, progress: Progress) async throws {
        if let part, !state.withLock({ $0.isStream }) {
            do {
                try await fetch(progress) { partial.missing(part) }
            } catch is NoRanges {
                // Whoever hears it first fetches all, the others are done.
                let isFirst = state.withLock { state in
                    defer { state.isStream = true }
                    return !state.isStream
                }
                if isFirst { try await fetch(progress) { 0..<(partial.isComplete ? 0 : file.size) } }
            }
        }
        let isLast = state.withLock { state in
            guard partial.isComplete, !state.isChecked else { return false }
            state.isChecked = true
            return true
        }
        if isLast { try await check(progress) }
    }

    /// Publishes the file if its hash is right; otherwise forgets it, so that it can be fetched once more.
    private func check(_ progress: Progress) async throws {
        try partial.synchronize()
        let found = try await partial.digits(file.hash)
        guard found != file.hash.digits else {
            try partial.publish(to: blob)
            state.withLock { $0.isPublished = true }
            return
        }
        progress(-file.size)
        guard state.withLock({ $0.isDamaged }) else {
            try partial.reset()
            state.withLock { ($0.isDamaged, $0.isChecked) = (true, false) }
            return
        }
        partial.remove()
        throw CinnabarError(
            .malformed,
            "\(subject) came twice with the \(file.hash.kind) \(found), not \(file.hash.digits)",
            hint: "the hub or something on the way damages it; nothing of it was kept"
        )
    }

    /// Requests what is missing until nothing is. An attempt that brought something is no failure in a row.
    private func fetch(_ progress: Progress, _ missing: () -> Range<Int>) async throws {
        var attempts = Attempts(client.limits)
        while case let range = missing(), !range.isEmpty {
            var new = 0
            do {
                try await fetch(range) { count in
                    new += count
                    progress(count)
                }
            } catch let failure as PassingFailure {
                if new >= client.limits.progress { attempts.succeed() }
                try await attempts.pause(after: failure)
            }
        }
    }

    /// One request for a range of the file.
    private func fetch(_ range: Range<Int>, _ progress: (Int) -> Void) async throws {
        let isWhole = range.count == file.size
        var headers = HTTPHeaders()
        if !isWhole { headers.add(name: "Range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)") }
        let answer = try await client.send(.GET, address, headers: headers, subject: subject)
        let end = try end(of: answer, for: range, isWhole: isWhole)
        var offset = range.lowerBound
        try await client.transfer(from: answer.host) {
            for try await piece in answer.body {
                guard piece.readableBytes <= end - offset else {
                    throw contradiction("\(answer.host) sends more of \(subject) than its \(end) bytes")
                }
                progress(try piece.withUnsafeReadableBytes { try partial.write($0, at: offset) })
                offset += piece.readableBytes
            }
        }
        guard offset == range.upperBound else {
            throw PassingFailure(
                error: CinnabarError(
                    .hub,
                    "\(answer.host) ends \(subject) after \(offset) of \(range.upperBound) bytes",
                    hint: "try later; what has arrived is kept"
                )
            )
        }
    }
}
