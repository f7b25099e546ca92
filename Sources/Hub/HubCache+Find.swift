import Common
package import Foundation

/// How a pulled model is named on the command line: `ORG/NAME`, `ORG/NAME@REVISION`, `ORG/NAME/FILE.gguf`.
package struct ModelReference: Sendable {
    package var repository: RepositoryID
    package var revision: Revision?
    package var file: String?

    /// Nil for a text of another form, which may be a path.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2 else { return nil }
        let name = parts[1].split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let repository = try? RepositoryID("\(parts[0])/\(name[0])") else { return nil }
        self.repository = repository
        if name.count == 2 {
            guard let revision = try? Revision(String(name[1])) else { return nil }
            self.revision = revision
        }
        if parts.count == 3 {
            guard RelativePath.isSafe(String(parts[2])) else { return nil }
            file = String(parts[2])
        }
    }
}

extension HubCache {
    /// Where a pulled model is: its folder, or its GGUF file where it has no safetensors.
    ///
    /// - Returns: nil when it was not pulled.
    /// - Throws: `invalidArgument` when it has several GGUF files and none is named, or not the one that is.
    package func find(_ reference: ModelReference) throws -> URL? {
        let repository = reference.repository
        var commit = commit(reference.revision ?? .main, repository)
        if commit == nil, reference.revision == nil {
            let pulled = model(repository).snapshots
            commit = pulled.count == 1 ? pulled[0].commit : nil
        }
        guard let snapshot = commit.map({ snapshot($0, repository) }),
            let names = try? FileManager.default.contentsOfDirectory(atPath: snapshot.path)
        else { return nil }
        if let file = reference.file {
            let place = snapshot.appendingPathComponent(file)
            guard FileManager.default.fileExists(atPath: place.path) else {
                throw CinnabarError(
                    .invalidArgument,
                    "\(file) of \(repository) was not pulled",
                    hint: "cinnabar pull \(repository) --include '\(file)'"
                )
            }
            return place
        }
        let files = names.filter { $0.hasSuffix(".gguf") }.sorted()
        if names.contains(where: { $0.hasSuffix(".safetensors") }) || files.isEmpty { return snapshot }
        guard files.count == 1 else {
            throw CinnabarError(
                .invalidArgument,
                "\(repository) has \(files.count) GGUF files here: \(files.prefix(12).joined(separator: ", "))",
                hint: "name one: \(repository)/\(files[0])"
            )
        }
        return snapshot.appendingPathComponent(files[0])
    }
}
