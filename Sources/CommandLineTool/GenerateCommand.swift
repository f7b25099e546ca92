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

    @Flag(help: "The text is a user's message, set by the model's own chat template; its answer is written.")
    var chat = false

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let text = prompt == "-" ? try TextFile.standardInput() : prompt
        guard !text.isEmpty else {
            throw CinnabarError.usage("the prompt is empty", hint: "give the beginning of a program")
        }
        let loaded = try model.load()
        if chat {
            let message = ChatMessage(role: "user", content: text)
            try await output.show(loaded.chat([message], options: model.generation()))
        } else {
            try await output.show(loaded.generate(text, options: model.generation()), before: text)
        }
    }
}
