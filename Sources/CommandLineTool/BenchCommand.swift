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

            Of any shape, with random weights:
              cinnabar bench --shape layers=28,hidden=1024,ffn=3072,heads=16,kv-heads=8,head-dim=128,vocab=151936 \
            --precision int8 --rows 1,16,32,64 --logits one
            """
    )

    enum Logits: String, ExpressibleByArgument, CaseIterable { case one, all }

    @OptionGroup var loading: LoadOptions

    @Option(help: "Instead of a model a shape with random weights: layers=28,hidden=1024,…")
    var shape: String?

    @Option(help: "Precision of a shape's output head, which is its embedding too (default int8 beside int4).")
    var head: Model.Precision?

    @Option(help: "Write the shape's random weights as a packed model folder instead, to time a start with.")
    var save: String?

    @Option(help: "Numbers of rows, separated by commas.")
    var rows = "1,2,4,8,16,32,64,256"

    @Option(help: "Clean tokens before them.")
    var context = 256

    @Option(help: "Rows with logits: one or all.")
    var logits: Logits = .all

    @Option(help: "Time a text of this length instead, every forward writing --tokens-per-forward of it.")
    var generate: Int?

    @Option(help: "Tokens that each forward writes; 1 is autoregressive decoding.")
    var tokensPerForward = 8

    @Option(help: "Undecided positions of the canvas.")
    var canvas = 16

    @Option(help: "Repetitions of each, of which the median counts.")
    var repetitions: Int?

    @Flag(help: "Tell the time of each operation as well.")
    var operations = false

    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    func run() throws {
        if let save {
            guard let shape else { throw CinnabarError.usage("--save needs a --shape", hint: "see --help") }
            return try BenchNetwork.save(
                shape: ShapeArgument.parse(shape),
                precision: loading.precision ?? .int8,
                to: URL(fileURLWithPath: save)
            )
        }
        let counts = rows.split(separator: ",").compactMap { Int($0) }
        guard counts.count == rows.split(separator: ",").count, !counts.isEmpty else {
            throw CinnabarError.usage("--rows '\(rows)' is not a list of numbers", hint: "such as 1,8,16,32")
        }
        let report = try BenchReport(load: load) { subject in
            if let generate {
                return (
                    nil,
                    try ForcedGeneration.measure(
                        subject,
                        context: context,
                        tokens: generate,
                        tokensPerForward: tokensPerForward,
                        canvas: canvas,
                        repetitions: repetitions ?? 5
                    )
                )
            }
            let forwards = try ForwardTimes.measure(
                subject,
                context: context,
                rows: counts,
                oneLogitsRow: logits == .one,
                operations: operations,
                repetitions: repetitions ?? 50
            )
            return (forwards, nil)
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            print(report.table)
        }
    }

    private func load() throws -> BenchNetwork {
        guard let shape else { return BenchNetwork(try loading.load()) }
        return try BenchNetwork(
            shape: ShapeArgument.parse(shape),
            precision: loading.precision ?? .int8,
            head: head,
            threads: loading.threads
        )
    }
}
