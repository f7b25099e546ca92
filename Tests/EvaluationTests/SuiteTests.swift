import Common
import Evaluation
import Foundation
import Testing

struct SuiteTests {
    private static let task = InfillingTask(
        taskID: "t/0",
        prompt: "def f(x):\n",
        suffix: "",
        canonicalSolution: "    return x\n",
        test: "def check(f):\n    assert f(3) == 3\n",
        entryPoint: "f"
    )

    private static func line(_ task: InfillingTask) throws -> String {
        String(decoding: try JSONEncoder().encode(task), as: UTF8.self)
    }

    @Test func readsPlainLines() async throws {
        try await withFolder { folder in
            let url = folder.appending(path: "suite.jsonl")
            var other = Self.task
            other.taskID = "t/1"
            try Data("\(Self.line(Self.task))\n\n\(Self.line(other))".utf8).write(to: url)
            #expect(try InfillingSuite(contentsOf: url).tasks == [Self.task, other])
        }
    }

    @Test(.needsData, arguments: InfillingSuite.Name.allCases)
    func readsTheRealSets(_ name: InfillingSuite.Name) throws {
        let suite = try InfillingSuite(name, folder: Machine.evaldata)
        #expect(suite.tasks.count == name.count)
        // Each filling is a proper part of its function.
        #expect(suite.tasks.allSatisfy { !$0.prompt.isEmpty && !$0.canonicalSolution.isEmpty })
        #expect(
            suite.tasks.allSatisfy { ($0.prompt + $0.canonicalSolution + $0.suffix).contains("def \($0.entryPoint)") }
        )
    }

    @Test func missingDataSaysWhere() async {
        let url = URL(fileURLWithPath: "/nonexistent")
        #expect(await errorCode { _ = try InfillingSuite(.singleLine, folder: url) } == .file)
        #expect(await errorCode { _ = try InfillingSuite(contentsOf: url.appending(path: "x.jsonl.gz")) } == .file)
    }

    @Test(arguments: [
        "", "\n\n", "{", "[]", "{}", "null", "\u{0}", #"{"task_id": 3}"#,
        #"{"task_id":"a","prompt":"","suffix":"","canonical_solution":"","test":"","entry_point":"f(); import os"}"#,
        #"{"task_id":"a","prompt":"","suffix":"","canonical_solution":"","test":"","entry_point":""}"#,
        #"{"task_id":"a","prompt":null,"suffix":"","canonical_solution":"","test":"","entry_point":"f"}"#,
        String(repeating: "[", count: 100_000),
    ])
    func damagedSuitesAreErrors(_ text: String) async throws {
        try await withFolder { folder in
            for name in ["suite.jsonl", "suite.jsonl.gz"] {
                let url = folder.appending(path: name)
                try Data(text.utf8).write(to: url)
                #expect(await errorCode { _ = try InfillingSuite(contentsOf: url) } == .malformed)
            }
        }
    }

    @Test func repeatedNamesAreErrors() async throws {
        try await withFolder { folder in
            let url = folder.appending(path: "suite.jsonl")
            try Data("\(Self.line(Self.task))\n\(Self.line(Self.task))\n".utf8).write(to: url)
            #expect(await errorCode { _ = try InfillingSuite(contentsOf: url) } == .malformed)
        }
    }

    @Test(.needsData) func cutOffFilesAreErrors() async throws {
        try await withFolder { folder in
            let name = InfillingSuite.Name.randomSpanLight
            let whole = try Data(contentsOf: #require(Machine.evaldata).appending(path: name.path))
            let url = folder.appending(path: name.path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            for count in [1, 10, 1000, whole.count / 2, whole.count - 1] {
                try whole.prefix(count).write(to: url)
                #expect(
                    await errorCode { _ = try InfillingSuite(name, folder: folder) } == .malformed,
                    "\(count) bytes"
                )
            }
            try whole.write(to: url)
            #expect(try InfillingSuite(name, folder: folder).tasks.count == name.count)
        }
    }

    /// Whatever bytes are changed, the file is read or refused.
    @Test func changedBytesNeverTrap() async throws {
        try await withFolder { folder in
            let seed: UInt64 = 11
            var random = SplitMix64(seed: seed)
            let original = Data(try Self.line(Self.task).utf8)
            let url = folder.appending(path: "suite.jsonl")
            var refused = 0
            for round in 0..<500 {
                var data = original
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    data[Int.random(in: 0..<data.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                try data.write(to: url)
                do {
                    _ = try InfillingSuite(contentsOf: url)
                } catch {
                    refused += 1
                    #expect((error as? CinnabarError)?.code == .malformed, "seed \(seed), round \(round): \(error)")
                }
            }
            #expect(refused > 100)
        }
    }
}
