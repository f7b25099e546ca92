import ArgumentParser
import Cinnabar
import Evaluation
import Foundation

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure what a forward costs by its number of rows.",
        discussion: """
            T(n) is the time of one forward over n tokens behind a prefix; T(n) / T(1) is the number of tokens that a \
            forward must write on average before a canvas of n pays. Measure on an idle machine.
            """
    )

    @OptionGroup var model: ModelOptions

    @Option(help: "Numbers of rows, separated by commas.")
    var rows = "1,2,4,8,16,32,64,256"

    @Option(help: "Clean tokens before them.")
    var context = 256

    @Option(help: "Forwards of each, of which the median counts.")
    var repetitions = 50

    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    func run() throws {
        let counts = rows.split(separator: ",").compactMap { Int($0) }
        guard counts.count == rows.split(separator: ",").count, !counts.isEmpty else {
            throw CinnabarError.usage("--rows '\(rows)' is not a list of numbers", hint: "such as 1,8,16,32")
        }
        let report = try BenchReport(load: model.load, context: context, rows: counts, repetitions: repetitions)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            print(report.table)
        }
    }
}
