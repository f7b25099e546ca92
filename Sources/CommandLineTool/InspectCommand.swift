import ArgumentParser
import Cinnabar
import Foundation

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a model folder holds."
    )

    @Argument(help: "A model folder; default the model that ships with the program.")
    var model: String?

    func run() throws {
        let loaded = try Model(folder: model.map { URL(fileURLWithPath: $0) })
        let isFile = loaded.folder.pathExtension == "gguf"
        let files =
            isFile
            ? [loaded.folder.path]
            : try FileManager.default.contentsOfDirectory(atPath: loaded.folder.path).map {
                loaded.folder.appendingPathComponent($0).path
            }
        let size = try files.reduce(0) {
            $0 + ((try FileManager.default.attributesOfItem(atPath: $1)[.size] as? Int) ?? 0)
        }
        print("folder       \(loaded.folder.path)")
        print("family       \(loaded.familyName)")
        print("network      \(loaded.summary)")
        print(String(format: "parameters   %.2f million", Double(loaded.parameterCount) / 1e6))
        print("weights      \(loaded.precision.rawValue) when loaded")
        print(String(format: "on disk      %.1f MB", Double(size) / 1e6))
        print("kernels      \(loaded.instructionSet)")
    }
}
