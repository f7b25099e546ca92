import Foundation

/// Runs `body` with a new empty folder, which is removed afterwards.
func withScratchFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cinnabar-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

/// All entries below a folder, links as such, with the content of files.
func tree(_ folder: URL) -> [String: String] {
    var found: [String: String] = [:]
    for name in (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? [] {
        let path = folder.appendingPathComponent(name).path
        if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
            found[name] = "-> \(target)"
        } else if let data = FileManager.default.contents(atPath: path) {
            found[name] = data.base64EncodedString()
        }
    }
    return found
}
