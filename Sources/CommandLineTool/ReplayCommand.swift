import ArgumentParser
import Cinnabar
import Foundation

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Write a recorded text again from its trace, without the network.",
        discussion: """
            Every step is checked against the one before: what is written twice, changed though it was final or \
            committed though it was never written is an error that names the step.
            """
    )

    @Argument(help: "A file that --trace has written.")
    var trace: String

    @Option(help: "The model folder whose vocabulary the trace uses; default the model that ships with the program.")
    var model: String?

    func run() throws {
        let loaded = try Model(folder: ModelPlace.find(model))
        let text = try loaded.replay(trace: TextFile.read(trace))
        print(text, terminator: text.hasSuffix("\n") ? "" : "\n")
    }
}
