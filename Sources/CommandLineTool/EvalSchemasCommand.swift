import ArgumentParser
import Cinnabar
import Common
import Evaluation
import Foundation

struct EvalSchemasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schemas",
        abstract: "Write JSON under the schemas of MaskBench.",
        discussion: """
            For each schema that is supported and each mode: a free text, one of as few tokens as possible, and one that is \
            broken off on the way. All must be valid; Benchmarks/constraints/validate.py asks a validator of somebody \
            else's.
            """
    )

    @OptionGroup var loading: LoadOptions

    @Option(help: "The folder of evaluation sets.")
    var data: String

    @Option(help: "Modes, separated by commas.")
    var modes = "autoregressive,lossless,speed,quality"

    @Option(help: "Most tokens of a text.")
    var maxTokens = 256

    @Option(help: "Take every nth schema.")
    var every = 1

    @Option(help: "Folder for texts.jsonl and schemas.jsonl.")
    var output: String

    func run() async throws {
        let modes = try self.modes.split(separator: ",").map { name in
            guard let mode = Mode(rawValue: String(name)) else {
                throw CinnabarError.usage("mode '\(name)' is unknown")
            }
            return mode
        }
        let folder = URL(fileURLWithPath: output)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var texts = Data()
        let bar = ProgressBar("schemas", total: nil, unit: "schemas")
        let rows = try await SchemaEvaluation(model: loading.load(), modes: modes, maxTokens: maxTokens)(
            data: URL(fileURLWithPath: data),
            every: every,
            progress: { done, _ in bar.update(done) },
            emit: { texts += try encoder.encode($0) + Data("\n".utf8) }
        )
        bar.finish()
        try AtomicFile.write(texts, to: folder.appendingPathComponent("texts.jsonl"))
        let lines = try rows.map { try encoder.encode($0) + Data("\n".utf8) }
        try AtomicFile.write(Data(lines.joined()), to: folder.appendingPathComponent("schemas.jsonl"))
        let supported = rows.filter { $0.refusal == nil }
        let times = supported.map { 1000 * $0.compileSeconds }.sorted()
        func quantile(_ q: Double) -> Double {
            times.isEmpty ? 0 : times[min(times.count - 1, Int(q * Double(times.count)))]
        }
        print(
            String(
                format: "%d of %d schemas supported (%.1f%%), compiled in %.2f ms (median), %.1f ms (99%%)",
                supported.count,
                rows.count,
                100 * Double(supported.count) / Double(max(1, rows.count)),
                quantile(0.5),
                quantile(0.99)
            )
        )
    }
}
