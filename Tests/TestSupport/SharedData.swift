package import Foundation

/// The folder of common test data: `CINNABAR_SHARED`, or `shared` beside the checkout; nil when there is none.
package enum SharedData {
    package static let folder: URL? = {
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var candidates = [
            checkout.deletingLastPathComponent(), checkout.deletingLastPathComponent().deletingLastPathComponent(),
        ]
        .map { $0.appendingPathComponent("shared") }
        if let path = ProcessInfo.processInfo.environment["CINNABAR_SHARED"] {
            candidates = [URL(fileURLWithPath: path)]
        }
        return candidates.first { FileManager.default.fileExists(atPath: $0.path) }
    }()

    package static func file(_ path: String) throws -> URL {
        guard let folder else { throw CocoaError(.fileNoSuchFile) }
        return folder.appendingPathComponent(path)
    }
}
