import ArgumentParser
import Cinnabar
import Common
import Foundation

/// What the text must be. It is then valid wherever it ends, in every mode.
struct ConstraintOptions: ParsableArguments {
    @Option(help: "JSON that this schema validates: a file, or the schema itself.")
    var jsonSchema: String?

    @Option(help: "A text that this regular expression matches as a whole.")
    var regex: String?

    @Option(help: "A text of this grammar in GBNF: a file.")
    var grammar: String?

    @Option(help: "One of these texts; give the option once for each.")
    var choice: [String] = []

    @Flag(help: "Any JSON value, without white space.")
    var anyJson = false

    @Option(help: "Fixed text with holes such as {{name: /[a-z]+/}}: a file, or the text itself.")
    var template: String?

    @Flag(help: "Python statements that CPython's parser reads.")
    var python = false

    func constraint() throws -> Constraint? {
        let given: [(() throws -> Constraint)?] = [
            jsonSchema.map { schema in
                let isText = schema.contains("{") || schema == "true"
                return { try .jsonSchema(TextFile.textOrFile(schema, isText: isText)) }
            },
            regex.map { pattern in { try .regex(pattern) } },
            grammar.map { path in { try .grammar(TextFile.read(path)) } },
            template.map { template in
                { try TextTemplate(TextFile.textOrFile(template, isText: template.contains("{{"))).constraint }
            },
            choice.isEmpty ? nil : { try .choice(choice) },
            anyJson ? { .json } : nil,
            python ? { try .python() } : nil,
        ]
        let made = given.compactMap(\.self)
        guard made.count <= 1 else {
            throw CinnabarError(.invalidArgument, "\(made.count) constraints at once", hint: "give one of them")
        }
        return try made.first?()
    }
}
