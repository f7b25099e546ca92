import ArgumentParser
import Cinnabar
import Foundation

struct InfillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "infill",
        abstract: "Fill a hole in a file.",
        discussion: """
            The hole is a place in a file, or what lies between two files. What is printed is the text for the hole alone.

            Examples: cinnabar infill program.py:12 --watch
                      cinnabar infill program.py:12:9
                      cinnabar infill --prefix before.py --suffix behind.py
            """
    )

    @Argument(
        help: "FILE:LINE puts the hole in place of that line, FILE:LINE:COLUMN at a byte of it; both count from 1."
    )
    var place: String?

    @Option(help: "File with the text before the hole; - reads standard input.")
    var prefix: String?

    @Option(help: "File with the text behind the hole.")
    var suffix: String?

    @Flag(help: "A constraint is for the whole file, not for the text of the hole alone.")
    var wholeFile = false

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let hole = try findHole()
        var options = try model.generation()
        if wholeFile {
            guard let constraint = options.constraint else {
                throw CinnabarError.usage("--whole-file without a constraint", hint: "such as --json-schema")
            }
            options.constraint = constraint.between(prefix: hole.prefix, suffix: hole.suffix)
        }
        let session = try model.load().infill(prefix: hole.prefix, suffix: hole.suffix, options: options)
        try await output.show(session, before: hole.prefix, behind: hole.suffix)
    }

    private func findHole() throws -> (prefix: String, suffix: String) {
        if let place {
            guard prefix == nil, suffix == nil else {
                throw CinnabarError.usage("both a place and --prefix or --suffix are given", hint: "give one of them")
            }
            return try Hole(place).split()
        }
        guard let prefix else {
            throw CinnabarError.usage("no hole is given", hint: "name FILE:LINE, or --prefix and --suffix")
        }
        let before = prefix == "-" ? try TextFile.standardInput() : try TextFile.read(prefix)
        return (before, try suffix.map(TextFile.read) ?? "")
    }
}
