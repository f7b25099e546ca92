import ArgumentParser
import Common
import Foundation
import Training

struct CorpusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "corpus",
        abstract: "Prepare a training corpus from folders of source files.",
        discussion: """
            Reads a list of sources (lines of NAME<tab>LICENCE<tab>FOLDER, folders relative to the list), drops what is \
            binary, generated, duplicate or part of the evaluation data, and writes a folder that 'train' reads. \
            The report says what was left out and why.
            """
    )

    @Argument(help: "The list of sources, as Recipes/default-model/fetch.sh writes it.")
    var sources: String

    @Option(help: "The folder to write.")
    var output: String

    @Option(help: "Folder of evaluation sets whose tasks must not be in the corpus.")
    var evaluationData: String?

    func run() throws {
        let list = URL(fileURLWithPath: sources)
        let text: String
        do {
            text = try String(contentsOf: list, encoding: .utf8)
        } catch {
            throw CinnabarError(.file, "cannot read \(list.path)", hint: "make it with Recipes/default-model/fetch.sh")
        }
        let entries = try text.split(separator: "\n").map { line -> CorpusBuilder.Source in
            let fields = line.split(separator: "\t").map(String.init)
            guard fields.count == 3 else {
                throw CinnabarError(.malformed, "\(list.path): expected NAME<tab>LICENCE<tab>FOLDER, found '\(line)'")
            }
            let folder = URL(fileURLWithPath: fields[2], relativeTo: list.deletingLastPathComponent())
            return .init(name: fields[0], licence: fields[1], folder: folder)
        }
        let builder = CorpusBuilder(sources: entries, evaluationFolder: evaluationData.map(URL.init(fileURLWithPath:)))
        let bar = ProgressBar("corpus", total: nil, unit: "files")
        let report = try builder.build(into: URL(fileURLWithPath: output)) { done, total in
            bar.update(done, suffix: "of \(total)")
        }
        bar.finish()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
}
