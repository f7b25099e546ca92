import AsyncHTTPClient
import Common
import Foundation
import NIOCore
import NIOHTTP1

extension HubClient {
    /// What a revision holds.
    ///
    /// - Throws: `hub` for refusals and lost connections; `malformed` for an answer that is no listing, or that names a
    ///   file outside the repository.
    func listing(_ repository: RepositoryID, _ revision: Revision) async throws -> Listing {
        let subject = revision == .main ? "model \(repository)" : "revision \(revision) of model \(repository)"
        let url = settings.listing(repository, revision)
        let data = try await Attempts.run(limits) {
            let answer = try await send(.GET, url, subject: subject)
            return try await transfer(from: answer.host) {
                var data = Data()
                for try await piece in answer.body {
                    guard data.count + piece.readableBytes <= limits.listingSize else {
                        throw CinnabarError(.malformed, "\(answer.host) lists \(subject) in over \(data.count) bytes")
                    }
                    data.append(contentsOf: piece.readableBytesView)
                }
                return data
            }
        }
        return try Listing(data, name: "the listing of \(subject)")
    }

    /// The entry with the size and hash that the listing left out, from the head of the file's own address.
    func complete(_ entry: Listing.Entry, _ repository: RepositoryID, commit: String) async throws -> HubFile {
        if let size = entry.size, let hash = entry.hash { return HubFile(name: entry.name, size: size, hash: hash) }
        let subject = "\(entry.name) of \(repository)"
        let url = settings.content(repository, commit: commit, file: entry.name)
        // The hub's own redirect to a large file says what the file is; where it leads to does not.
        let answer = try await Attempts.run(limits) {
            try await send(.HEAD, url, subject: subject) { $0.contains(name: "x-linked-etag") }
        }
        func header(_ names: String...) -> String? { names.lazy.compactMap { answer.headers.first(name: $0) }.first }
        let tag = header("x-linked-etag", "etag").map { $0.hasPrefix("W/") ? String($0.dropFirst(2)) : $0 }
        guard let hash = tag.flatMap({ ContentHash($0.trimmingCharacters(in: ["\""])) }),
            let size = header("x-linked-size", "content-length").flatMap({ Int($0) }), Listing.sizes.contains(size)
        else {
            throw CinnabarError(
                .malformed,
                "\(answer.host) tells no size and hash of \(subject)",
                hint: "is HF_ENDPOINT a hub of Hugging Face's kind?"
            )
        }
        return HubFile(name: entry.name, size: size, hash: hash)
    }
}

extension Listing {
    /// Sizes that are believed; as many of them as are listed add up without overflow.
    static let sizes = 0...1 << 45
    private static let mostFiles = 100_000

    /// Reads `{"sha": COMMIT, "siblings": [{"rfilename": …, "size": …, "blobId": …, "lfs": {"sha256": …, "size": …}}]}`.
    init(_ json: Data, name: String) throws {
        func malformed(_ what: String) -> CinnabarError {
            CinnabarError(.malformed, "\(name) \(what)", hint: "is HF_ENDPOINT a hub of Hugging Face's kind?")
        }
        let value: JSONValue
        do {
            value = try JSONValue(json: json, name: name)
        } catch {
            throw malformed("is not JSON")
        }
        guard let commit = value["sha"]?.text, Hexadecimal.isDigits(commit, count: 40) else {
            throw malformed("names no commit")
        }
        guard case .array(let siblings)? = value["siblings"], siblings.count <= Self.mostFiles else {
            throw malformed("has no list of files")
        }
        var names: Set<String> = []
        entries = try siblings.map { sibling in
            guard let file = sibling["rfilename"]?.text, RelativePath.isSafe(file) else {
                let found = sibling["rfilename"]?.text ?? ""
                throw malformed("names a file '\(found.prefix(100))', which is not inside a repository")
            }
            guard names.insert(file).inserted else { throw malformed("names \(file) twice") }
            let large = sibling["lfs"]
            let hash = (large?["sha256"] ?? sibling["blobId"])?.text
            let size = try (large?["size"] ?? sibling["size"]).map { value in
                guard case .integer(let size) = value, Self.sizes.contains(size) else {
                    throw malformed("gives \(file) a size that no file has")
                }
                return size
            }
            return Entry(name: file, size: size, hash: hash.flatMap { ContentHash($0) })
        }
        self.commit = commit
    }
}
