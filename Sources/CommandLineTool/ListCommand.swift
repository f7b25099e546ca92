import ArgumentParser
import Cinnabar
import Hub

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the models in the cache, a line for each pulled commit."
    )

    func run() throws {
        for model in HubCache(try HubSettings().cache).models() {
            for snapshot in model.snapshots {
                var line = [
                    model.repository.description, snapshot.revisions.joined(separator: ","),
                    String(snapshot.commit.prefix(7)), "\(snapshot.files) files", ByteCount.text(snapshot.size),
                ]
                if snapshot.missing > 0 { line.append("\(snapshot.missing) files are not there: pull it again") }
                print(line.joined(separator: "\t"))
            }
            if model.unfinished > 0 {
                print("\(model.repository)\tunfinished\t\t\t\(ByteCount.text(model.unfinished))")
            }
        }
    }
}
