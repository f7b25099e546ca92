import ArgumentParser
import Common
import Foundation
import Serving

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Make an API key for a server.",
        discussion: """
            The key goes to standard error, once; the line for the server's file of keys, which holds only its hash, to standard \
            output.

            Example: cinnabar key alice >> keys.txt
                     cinnabar serve --api-key-file keys.txt
            """
    )

    @Argument(help: "Whose key it is, in letters and digits, for the logs.")
    var name: String

    func run() throws {
        guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) }) else {
            throw CinnabarError.usage("'\(name)' is no name for a key", hint: "use letters, digits, '-', '_' and '.'")
        }
        let (key, line) = APIKeys.make(name: name)
        FileHandle.standardError.write(Data("\(key)\n".utf8))
        print(line)
    }
}
