import ArgumentParser
import Cinnabar
import Foundation
import Tokenizers

struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Show the tokens of a file, and how fast they are found."
    )

    @Argument(help: "A file; - reads standard input.")
    var file: String

    @Option(help: "A model folder, a GGUF file or a pulled ORG/NAME; default the model that ships with the program.")
    var model: String?

    @Flag(help: "Print the ids alone, separated by blanks.")
    var ids = false

    @Flag(help: "Print nothing but the count and the speed.")
    var quiet = false

    func run() throws {
        let tokenizer = try Model(folder: ModelPlace.find(model)).tokenizer
        let text = file == "-" ? try TextFile.standardInput() : try TextFile.read(file)
        let clock = ContinuousClock()
        let begin = clock.now
        let tokens = tokenizer.encode(text)
        let seconds = (clock.now - begin) / .seconds(1)
        if ids, !quiet {
            print(tokens.map(String.init).joined(separator: " "))
        } else if !quiet {
            for token in tokens {
                let bytes = Data(tokenizer.bytes(ofToken: token))
                let shown = String(data: bytes, encoding: .utf8)?.debugDescription ?? "\(Array(bytes))"
                print("\(token)\t\(shown)")
            }
        }
        let size = text.utf8.count
        let line = String(
            format: "%d bytes, %d tokens (%.2f bytes each), %.1f MB/s",
            size,
            tokens.count,
            Double(size) / Double(max(tokens.count, 1)),
            Double(size) / seconds / 1e6
        )
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
}
