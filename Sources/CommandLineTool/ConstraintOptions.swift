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

    func constraint() throws -> Constraint? {
        let isGiven = [jsonSchema != nil, regex != nil, grammar != nil, !choice.isEmpty, anyJson]
        let given = isGiven.count { $0 }
        guard given <= 1 else {
            throw CinnabarError(.invalidArgument, "\(given) constraints at once", hint: "give one of them")
        }
        if let jsonSchema {
            let isText = jsonSchema.contains("{") || jsonSchema == "true"
            return try .jsonSchema(isText ? jsonSchema : Self.text(of: jsonSchema))
        }
        if let regex { return try .regex(regex) }
        if let grammar { return try .grammar(Self.text(of: grammar)) }
        if anyJson { return .json }
        return choice.isEmpty ? nil : try .choice(choice)
    }

    private static func text(of path: String) throws -> String { try TextFile.read(path) }
}
