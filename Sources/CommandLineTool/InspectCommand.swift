import ArgumentParser
import Cinnabar
import Foundation

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a model holds and what it needs, without loading it."
    )

    @Argument(help: "A model folder, a GGUF file or a pulled ORG/NAME; default the model that ships with the program.")
    var model: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let found = try ModelInspection(ModelPlace.find(model))
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return print(String(decoding: try encoder.encode(found), as: UTF8.self))
        }
        func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
        print("model        \(found.path)")
        print("family       \(found.family), attention \(found.attention)")
        print("network      \(found.network)")
        print(String(format: "parameters   %.2f million", Double(found.parameters) / 1e6))
        print("on disk      \(megabytes(found.bytesOnDisk))")
        print("licence      \(found.licence ?? "not stated")")
        for need in found.needs {
            let fits = need.total <= found.available ? "" : ": does not fit"
            let parts = "\(megabytes(need.weights)) of weights, \(megabytes(need.context)) for a full context"
            print("memory       \(megabytes(need.total)) in \(need.precision) (\(parts))\(fits)")
        }
        print("this machine \(megabytes(found.available)) free, kernels \(found.instructionSet)")
    }
}
