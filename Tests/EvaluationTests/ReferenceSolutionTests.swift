import Evaluation
import Foundation
import Testing

/// The harness must give the reference solutions full marks before it may judge a model.
@Suite(.needsPython, .needsData)
struct ReferenceSolutionTests {
    @Test(arguments: InfillingSuite.Name.allCases)
    func canonicalSolutionsPass(_ name: InfillingSuite.Name) throws {
        let suite = try InfillingSuite(name, folder: Machine.evaldata)
        let run = try Sandbox().run(suite.tasks.map { $0.program(filling: $0.canonicalSolution) })
        #expect(run.results.count == name.count)
        for (task, result) in zip(suite.tasks, run.results) where !result.passed || result.parsed != true {
            Issue.record("\(task.taskID): \(result.outcome.rawValue) \(result.detail), parsed \(result.parsed as Any)")
        }
        let rate = Double(run.results.count) / run.seconds
        print("\(name.rawValue): \(run.results.count) programs, \(Int(rate)) a second, \(run.isolation.summary)")
    }

    @Test func wrongSolutionsFail() throws {
        let suite = try InfillingSuite(.randomSpanLight, folder: Machine.evaldata)
        let fillings = ["", "\n    return None\n", "(", "import sys; sys.exit(0)\n"]
        let programs = suite.tasks.flatMap { task in fillings.map { task.program(filling: $0) } }
        let results = try Sandbox().run(programs).results
        let passed = results.count { $0.passed }
        // A random span may be dispensable (spaces, part of a comment), so that few, but not none, may pass.
        #expect(passed < results.count / 10, "\(passed) of \(results.count) wrong fillings passed")
        // An open bracket never parses, unless the hole is in a text or comment.
        let brackets = stride(from: 2, to: results.count, by: fillings.count).map { results[$0] }
        #expect(brackets.count { $0.parsed == false } > brackets.count * 8 / 10)
    }

    @Test func weakerWallsGiveTheSameVerdicts() throws {
        let suite = try InfillingSuite(.randomSpanLight, folder: Machine.evaldata)
        let programs = suite.tasks.prefix(40).flatMap { task in
            [task.program(filling: task.canonicalSolution), task.program(filling: "pass")]
        }
        let strong = try Sandbox().run(programs).results
        let weak = try Sandbox(namespaces: false).run(programs)
        #expect(!weak.isolation.isComplete)
        #expect(strong.map(\.outcome) == weak.results.map(\.outcome))
    }
}
