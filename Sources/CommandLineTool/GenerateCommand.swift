import ArgumentParser
import Cinnabar
import Foundation

struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Continue a text.",
        discussion: "Example: cinnabar generate 'def fibonacci(n):' --max-tokens 60 --watch"
    )

    @Argument(help: "The text to continue; - reads standard input.")
    var prompt: String

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let text = prompt == "-" ? try TextFile.standardInput() : prompt
        guard !text.isEmpty else {
            throw CinnabarError.usage("the prompt is empty", hint: "give the beginning of a program")
        }
        try await output.show(model.load().generate(text, options: model.generation), before: text)
    }
}
