import ArgumentParser
import Cinnabar
import Hub

struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a model from the cache, with all its revisions and unfinished transfers."
    )

    @Argument(help: "ORG/NAME.")
    var model: String

    func run() throws {
        let repository = try RepositoryID(model)
        let cache = HubCache(try HubSettings().cache)
        let size = cache.model(repository).snapshots.reduce(0) { $0 + $1.size }
        try cache.remove(repository)
        print("removed \(repository), \(ByteCount.text(size))")
    }
}
