import ArgumentParser
import Cinnabar
import Common
import Foundation
import Kernels

@main
struct CinnabarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cinnabar",
        abstract: "A diffusion language model that writes and repairs code.",
        discussion: "Text goes to standard output, everything else to standard error.",
        subcommands: [
            GenerateCommand.self, InfillCommand.self, FillCommand.self, ReplayCommand.self, InspectCommand.self,
            ConvertCommand.self,
            QuantizeCommand.self, TokenizeCommand.self, VerifyCommand.self, PullCommand.self, ListCommand.self,
            RemoveCommand.self, ServeCommand.self, KeyCommand.self, EvalCommand.self, BenchCommand.self,
            BenchTextsCommand.self, BenchTrainCommand.self, CorpusCommand.self, TrainCommand.self,
        ]
    )

    /// Prints a failure as one line that names the thing and what to do. Exit codes: 1 failed, 64 wrong usage, 130
    /// interrupted.
    static func main() async {
        do {
            try KernelTable.checkEnvironment()
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as CinnabarError {
            FileHandle.standardError.write(Data("cinnabar: \(error)\n".utf8))
            Foundation.exit(error.code == .invalidArgument ? 64 : error.code == .cancelled ? 130 : 1)
        } catch {
            exit(withError: error)
        }
    }
}
