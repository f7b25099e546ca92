import Cinnabar
import Common
import Foundation
import Hub

/// Where the model is that `--model` names: a folder or file, or a pulled model.
enum ModelPlace {
    /// - Parameter text: a path, or `ORG/NAME[@REVISION][/FILE.gguf]` where there is nothing of that path; nil for none.
    static func find(_ text: String?) throws -> URL? {
        guard let text else { return nil }
        let path = URL(fileURLWithPath: text)
        try AtomicFolder.recover(path)
        guard !FileManager.default.fileExists(atPath: path.path), let reference = ModelReference(text) else {
            return path
        }
        let cache = HubCache(try HubSettings().cache)
        if let place = try cache.find(reference) { return place }
        throw CinnabarError(
            .file,
            "no model folder at \(text), and no such model in \(cache.folder.path)",
            hint: "check the spelling, or get it: cinnabar pull \(reference.repository)"
        )
    }
}
