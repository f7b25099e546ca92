import ArgumentParser

struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Measure quality and speed.",
        subcommands: [
            EvalInfillingCommand.self, EvalHeldOutCommand.self, EvalCompareCommand.self, EvalSchemasCommand.self,
        ]
    )
}
