import ArgumentParser
import Cinnabar
import Foundation
import Training

struct EvalHeldOutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "held-out",
        abstract: "Bits per byte on the corpus's held-out files.",
        discussion: """
            Next-token prediction, and the order-averaged upper bound of canvases by their length, both for all bytes of \
            all held-out documents, in windows of the model's context that do not overlap.
            """
    )

    @Argument(help: "The prepared corpus ('cinnabar corpus' makes one).")
    var corpus: String

    @Option(help: "A model folder, a GGUF file or a pulled ORG/NAME; default the model that ships with the program.")
    var model: String?

    @Option(help: "Canvas lengths, separated by commas.")
    var canvases = "4,8,16"

    @Flag(help: "Print one JSON object instead of a line.")
    var json = false

    func run() throws {
        let lengths = canvases.split(separator: ",").compactMap { Int($0) }
        guard lengths.count == canvases.split(separator: ",").count, lengths.allSatisfy({ (1...64).contains($0) })
        else {
            throw CinnabarError.usage("--canvases '\(canvases)' is not a list of lengths", hint: "use 1 to 64 each")
        }
        let folder = try ModelPlace.find(model) ?? Model().folder
        let values = try HeldOutLoss.measure(
            model: folder,
            corpus: Corpus(URL(fileURLWithPath: corpus)),
            canvases: lengths
        )
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            print(String(decoding: try encoder.encode(values), as: UTF8.self))
        } else {
            print("\(values.bytes) bytes: \(values.description)")
        }
    }
}
