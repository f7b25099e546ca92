import Common
package import Foundation

/// The cache that all tools of the hub share:
///
///     models--ORG--NAME/blobs/HASH                    content, named by its hash
///     models--ORG--NAME/snapshots/COMMIT/FILE         symbolic links to blobs
///     models--ORG--NAME/refs/REVISION                 the commit of a branch or tag
///     .locks/models--ORG--NAME                        locks
///
/// Blobs and snapshots appear whole or not at all. A reference is written last, so that it always leads to a complete
/// snapshot.
package struct HubCache: Sendable {
    package let folder: URL

    package init(_ folder: URL) { self.folder = folder }

    func place(_ repository: RepositoryID) -> URL { folder.appendingPathComponent(repository.folderName) }

    func blobs(_ repository: RepositoryID) -> URL { place(repository).appendingPathComponent("blobs") }

    func blob(_ hash: ContentHash, _ repository: RepositoryID) -> URL {
        blobs(repository).appendingPathComponent(hash.digits)
    }

    func partial(_ hash: ContentHash, _ repository: RepositoryID) -> URL {
        // Other tools end theirs the same way, but know nothing of our counts behind the content.
        blobs(repository).appendingPathComponent("\(hash.digits).cinnabar.incomplete")
    }

    package func snapshot(_ commit: String, _ repository: RepositoryID) -> URL {
        place(repository).appendingPathComponent("snapshots/\(commit)")
    }

    private func reference(_ revision: Revision, _ repository: RepositoryID) -> URL {
        place(repository).appendingPathComponent("refs/\(revision)")
    }

    /// Keeps other pulls and removals of the same model away.
    package func lock(_ repository: RepositoryID, purpose: String) throws -> FileLock {
        try FileLock(folder.appendingPathComponent(".locks/\(repository.folderName)/pull.lock"), purpose: purpose)
    }

    /// Whether a blob of this length is there.
    func holds(_ file: HubFile, _ repository: RepositoryID) -> Bool {
        var status = stat()
        return stat(blob(file.hash, repository).path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            && Int(status.st_size) == file.size
    }

    /// The commit that a revision led to when it was last pulled.
    package func commit(_ revision: Revision, _ repository: RepositoryID) -> String? {
        if let commit = revision.commit { return commit }
        let text = try? String(contentsOf: reference(revision, repository), encoding: .utf8)
        return text.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
            .flatMap { Hexadecimal.isDigits($0, count: 40) ? $0 : nil }
    }

    /// Makes a snapshot hold links to these files, beside those that it holds already, in one step; then makes the
    /// revision lead to it.
    func link(_ files: [HubFile], _ repository: RepositoryID, commit: String, revision: Revision) throws {
        let snapshot = snapshot(commit, repository)
        func target(_ file: HubFile) -> String {
            String(repeating: "../", count: 2 + file.name.count { $0 == "/" }) + "blobs/\(file.hash.digits)"
        }
        let manager = FileManager.default
        let isWhole = files.allSatisfy {
            let link = snapshot.appendingPathComponent($0.name).path
            return (try? manager.destinationOfSymbolicLink(atPath: link)) == target($0)
        }
        if !isWhole {
            try OutputFolder.make(snapshot.deletingLastPathComponent())
            try AtomicFolder.write(to: snapshot) { new in
                for name in (try? manager.contentsOfDirectory(atPath: snapshot.path)) ?? [] {
                    try manager.copyItem(
                        at: snapshot.appendingPathComponent(name),
                        to: new.appendingPathComponent(name)
                    )
                }
                for file in files {
                    let link = new.appendingPathComponent(file.name)
                    try OutputFolder.make(link.deletingLastPathComponent())
                    unlink(link.path)
                    guard symlink(target(file), link.path) == 0 else {
                        throw CinnabarError.system("cannot link \(link.path)", path: link.path, errno)
                    }
                }
            }
        }
        guard revision.commit == nil, self.commit(revision, repository) != commit else { return }
        let reference = reference(revision, repository)
        try OutputFolder.make(reference.deletingLastPathComponent())
        try AtomicFile.write(commit, to: reference)
    }
}
