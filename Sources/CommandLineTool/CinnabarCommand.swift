import ArgumentParser

@main
struct CinnabarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cinnabar",
        abstract: "A diffusion language model that writes and repairs code.",
        subcommands: [CorpusCommand.self, TrainCommand.self]
    )
}
