import ArgumentParser
import Cinnabar
import Common
import Foundation

struct QuantizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract: "Write a model folder with packed weights.",
        discussion: """
            A packed folder is mapped into memory instead of being read and packed at each start, takes half of bf16's \
            place in int8 and less in int4, and runs on every processor. It cannot be trained further.
            """
    )

    @Argument(help: "A model folder, a GGUF file or a pulled ORG/NAME; default the model that ships with the program.")
    var model: String?

    @Option(name: [.long, .customLong("precision")], help: "int8, int4, bf16 or fp32.")
    var weights: Model.Precision = .int8

    @Option(help: "The folder to write; replaced if it is there.")
    var output: String

    func run() throws {
        let bar = ProgressBar("quantize", total: 100, unit: "%")
        let bytes = try Model.quantize(
            ModelPlace.find(model),
            to: URL(fileURLWithPath: output),
            precision: weights,
            progress: { bar.update(Int(100 * $0)) }
        )
        bar.finish()
        print(String(format: "%@: %.1f MB of %@ weights", output, Double(bytes) / 1e6, weights.rawValue))
    }
}
