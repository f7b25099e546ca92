import ArgumentParser
import Cinnabar
import Common
import Foundation
import Hub

struct PullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Get a model from a hub.",
        discussion: """
            Example: cinnabar pull ORG/NAME, then cinnabar generate 'def f(x):' --model ORG/NAME. Files go to the cache \
            that other tools of the hub share. Address, token and cache are set by HF_ENDPOINT, HF_TOKEN, HF_HOME and \
            HF_HUB_CACHE. What was interrupted goes on when the command is given again.
            """
    )

    @Argument(help: "ORG/NAME.")
    var model: String

    @Option(help: "A branch, a tag or a commit.")
    var revision = "main"

    @Option(help: "Get the files that match a glob instead of those that a model needs; may be repeated.")
    var include: [String] = []

    @Option(help: "Leave out the files that match a glob; may be repeated.")
    var exclude: [String] = []

    @Option(help: "Goes before HF_TOKEN and the token file.")
    var token: String?

    func run() async throws {
        let repository = try RepositoryID(model)
        let revision = try Revision(revision)
        let settings = try HubSettings(token: token)
        let selection = FileSelection(include: include, exclude: exclude)
        let work = Task {
            try await HubClient.with(settings) { client in
                try await Self.fetch(Pull(repository, revision, selection, client: client))
            }
        }
        let interrupt = Interrupt { work.cancel() }
        defer { interrupt.stop() }
        do {
            print(try await work.value.path)
        } catch is CancellationError {
            throw CinnabarError(.cancelled, "stopped", hint: "the same command goes on where it was")
        }
    }

    private static func fetch(_ pull: Pull) async throws -> URL {
        note(
            "\(pull.repository) \(pull.commit.prefix(7)): \(pull.files.count) files, \(ByteCount.text(pull.size)) to get"
        )
        guard pull.size > 0 else { return try await pull.run() }
        let (unit, scale) = pull.size < 100_000_000 ? ("kB", 1000) : ("MB", 1_000_000)
        let bar = ProgressBar("pull", total: pull.size / scale, unit: unit, start: pull.resumed / scale)
        defer { bar.finish() }
        return try await pull.run { bar.update($0 / scale) }
    }

    private static func note(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
}
