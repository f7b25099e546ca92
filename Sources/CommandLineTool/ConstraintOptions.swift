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
        let isGiven = [
            jsonSchema != nil, regex != nil, grammar != nil, !choice.isEmpty, anyJson, template != nil, python,
        ]
        let given = isGiven.count { $0 }
        guard given <= 1 else {
            throw CinnabarError(.invalidArgument, "\(given) constraints at once", hint: "give one of them")
        }
        if let jsonSchema {
            let isText = jsonSchema.contains("{") || jsonSchema == "true"
            return try .jsonSchema(TextFile.textOrFile(jsonSchema, isText: isText))
        }
        if let regex { return try .regex(regex) }
        if let grammar { return try .grammar(TextFile.read(grammar)) }
        if anyJson { return .json }
        if python { return try .python() }
        if let template {
            return try TextTemplate(TextFile.textOrFile(template, isText: template.contains("{{"))).constraint
        }
        return choice.isEmpty ? nil : try .choice(choice)
    }
}
