import ArgumentParser
import Cinnabar
import Evaluation
import Foundation

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compare this build with outputs of other implementations, number for number.",
        discussion: """
            Runs every fixture below a folder: a tiny checkpoint in the layout of a released family, with cases.json and \
            cases.safetensors beside it. A line each, with the largest difference of a logit or the number of decoding \
            states that differ; fails if one check does.
            """
    )

    @Argument(help: "A folder with fixtures somewhere below it.")
    var folder: String

    func run() throws {
        let lines = ParityReport.lines(URL(fileURLWithPath: folder))
        guard !lines.isEmpty else {
            throw CinnabarError.usage("no fixture is below \(folder)", hint: "a fixture has a cases.json")
        }
        for line in lines {
            let value = line.difference.map { String(format: "%8.2g", $0) } ?? "       -"
            print("\(line.passes ? "ok  " : "FAIL") \(value)  \(line.folder): \(line.check) \(line.remark)")
        }
        let failed = lines.count { !$0.passes }
        print("\(lines.count - failed) of \(lines.count) checks pass")
        if failed > 0 { throw ExitCode.failure }
    }
}
