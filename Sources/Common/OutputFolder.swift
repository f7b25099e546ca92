package import Foundation

/// Folders that results go to.
package enum OutputFolder {
    /// Makes a folder and those above it; one that is there already is fine.
    package static func make(_ url: URL) throws {
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            // The system's own error has many lines and no advice.
            throw CinnabarError(
                .file,
                "cannot make the folder \(url.path)",
                hint: "is there a file of that name, or may you not write there?"
            )
        }
    }
}
