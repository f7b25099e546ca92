import Common
import Foundation

/// A model in the cache.
package struct CachedModel: Sendable {
    /// A pulled commit.
    package struct Snapshot: Sendable {
        package var commit: String
        /// The branches and tags that lead to it.
        package var revisions: [String]
        package var files: Int
        /// Links whose content is not there.
        package var missing: Int
        /// Bytes of its files; those that it shares with other snapshots count in each.
        package var size: Int
    }

    package var repository: RepositoryID
    package var snapshots: [Snapshot]
    /// Bytes on the disk of transfers that did not end.
    package var unfinished: Int
}

extension HubCache {
    /// All models of the cache, by name; also those that other tools brought.
    package func models() -> [CachedModel] {
        names(in: folder).compactMap { RepositoryID(folderName: $0) }
            .map { model($0) }
            .filter { !$0.snapshots.isEmpty || $0.unfinished > 0 }
            .sorted { $0.repository.description < $1.repository.description }
    }

    package func model(_ repository: RepositoryID) -> CachedModel {
        let place = place(repository)
        let references = paths(below: place.appendingPathComponent("refs")).compactMap { name in
            (try? Revision(name)).flatMap { commit($0, repository) }.map { (name: name, commit: $0) }
        }
        let snapshots = names(in: place.appendingPathComponent("snapshots"))
            .filter { Hexadecimal.isDigits($0, count: 40) }
            .map { commit in
                let snapshot = snapshot(commit, repository)
                let sizes = paths(below: snapshot).map { size(snapshot.appendingPathComponent($0)) }
                return CachedModel.Snapshot(
                    commit: commit,
                    revisions: references.filter { $0.commit == commit }.map(\.name).sorted(),
                    files: sizes.count,
                    missing: sizes.count { $0 == nil },
                    size: sizes.reduce(0) { $0 + ($1 ?? 0) }
                )
            }
            .sorted { $0.commit < $1.commit }
        let blobs = blobs(repository)
        let unfinished = names(in: blobs).filter { $0.hasSuffix(".incomplete") }.reduce(0) { sum, name in
            var status = stat()
            return sum + (stat(blobs.appendingPathComponent(name).path, &status) == 0 ? Int(status.st_blocks) * 512 : 0)
        }
        return CachedModel(repository: repository, snapshots: snapshots, unfinished: unfinished)
    }

    /// Removes a model with all its revisions and unfinished transfers.
    ///
    /// References go first, then snapshots, then content: whatever ends this half-way leaves nothing that looks whole.
    ///
    /// - Throws: `file` when it is not there; `resource` when it is being pulled.
    package func remove(_ repository: RepositoryID) throws {
        let place = place(repository)
        guard FileManager.default.fileExists(atPath: place.path) else {
            throw CinnabarError(.file, "\(repository) is not in \(folder.path)", hint: "'cinnabar list' shows what is")
        }
        let lock = try lock(repository, purpose: "pulling or removing \(repository)")
        defer { withExtendedLifetime(lock) {} }
        for part in [place.appendingPathComponent("refs"), place.appendingPathComponent("snapshots"), place] {
            guard FileManager.default.fileExists(atPath: part.path) else { continue }
            do {
                try FileManager.default.removeItem(at: part)
            } catch {
                throw CinnabarError(.file, "cannot remove \(part.path)", hint: "check its permissions", cause: error)
            }
        }
    }

    private func names(in folder: URL) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }

    /// The files below a folder, links as such.
    private func paths(below folder: URL) -> [String] {
        names(in: folder).flatMap { name -> [String] in
            let entry = folder.appendingPathComponent(name)
            var status = stat()
            guard lstat(entry.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return [name] }
            return paths(below: entry).map { "\(name)/\($0)" }
        }
    }

    private func size(_ file: URL) -> Int? {
        var status = stat()
        return stat(file.path, &status) == 0 ? Int(status.st_size) : nil
    }
}
