import ArgumentParser
import Cinnabar
import Foundation

struct FillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fill",
        abstract: "Fill the holes of a template.",
        discussion: """
            Example: cinnabar fill 'Name: {{name: /[A-Z][a-z]+/}}, mood: {{mood: happy | sad}}'
            Prints one JSON object: the text, and the holes' values; of choices, the probability of each.
            """
    )

    @Argument(help: "The template: a file, or the text itself where it has a '{{'.")
    var template: String

    @Option(help: "The text before it.")
    var after = ""

    @OptionGroup var model: ModelOptions

    private struct Output: Encodable {
        struct Value: Encodable {
            var name: String
            var text: String
            var alternatives: [TextTemplate.Alternative]?
        }

        var text: String
        var values: [Value]
        var tokens: Int
        var forwards: Int
    }

    func run() async throws {
        let template = try TextTemplate(TextFile.textOrFile(template, isText: template.contains("{{")))
        let filled = try await model.load().fill(template, after: after, options: model.generation())
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let output = Output(
            text: filled.result.text,
            values: filled.values.map {
                .init(name: $0.name, text: $0.text, alternatives: $0.alternatives.isEmpty ? nil : $0.alternatives)
            },
            tokens: filled.result.tokens,
            forwards: filled.result.forwards
        )
        print(String(decoding: try encoder.encode(output), as: UTF8.self))
    }
}
