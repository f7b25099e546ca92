import ArgumentParser
import Cinnabar
import Evaluation
import Foundation

struct EvalCompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare a mode of one report with a mode of another, task by task.",
        discussion: """
            Both reports must hold the same tasks, for example of a model and of its autoregressive twin. The interval is \
            that of a paired bootstrap over tasks.

            Example: cinnabar eval compare model/report.json:speed twin/report.json:autoregressive
            """
    )

    @Argument(help: "REPORT:MODE of the first.")
    var first: String

    @Argument(help: "REPORT:MODE of the second.")
    var second: String

    func run() throws {
        let (a, b) = (try load(first), try load(second))
        print(try EvaluationReport.compare(a, b).table)
    }

    private func load(_ name: String) throws -> ReportedMode {
        guard let colon = name.lastIndex(of: ":") else {
            throw CinnabarError.usage("'\(name)' names no mode", hint: "write REPORT.json:MODE")
        }
        let report = try EvaluationReport(contentsOf: URL(fileURLWithPath: String(name[..<colon])))
        return try ReportedMode(report, mode: String(name[name.index(after: colon)...]))
    }
}
