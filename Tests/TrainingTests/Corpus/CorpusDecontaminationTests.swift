import Common
import Foundation
import Testing
import Training

/// Evaluation tasks must not reach a corpus.
@Suite struct CorpusDecontaminationTests {
    static let prompt = """
        def rotate_lanterns(lanterns, amount):
            \"\"\"Rotate the row of lanterns to the left by the amount that the keeper asked for.\"\"\"

        """
    static let solution = """
            shift = amount % len(lanterns) if lanterns else 0
            front, back = lanterns[:shift], lanterns[shift:]
            return back + front

        """

    private func decontaminator() -> Decontaminator {
        Decontaminator(prompts: [Self.prompt], texts: [Self.prompt, Self.solution, Self.prompt + Self.solution])
    }

    private func verdict(_ text: String) -> Decontaminator.Verdict { decontaminator()(Array(text.utf8)) }

    @Test func promptsAreFoundAnywhereAndInAnyLayout() {
        let around = CorpusFixture.python(1)
        #expect(verdict(around) == .clean)
        #expect(verdict(around + Self.prompt + around) == .prompt)
        #expect(verdict(Self.prompt) == .prompt)
        #expect(verdict(around + Self.prompt.replacing(" ", with: "\n\t ") + around) == .prompt)
        // With a changed head: another name, the same text.
        #expect(verdict(around + Self.prompt.replacing("rotate_lanterns", with: "f")) == .prompt)
    }

    @Test func solutionsAreFoundByTenWords() {
        let around = CorpusFixture.python(1)
        #expect(verdict(around + Self.solution) == .tenWords)
        #expect(verdict("# " + Self.solution.replacing("\n", with: " ; ").uppercased()) == .tenWords)
        // Nine words of the solution are not ten: `front, back = lanterns[:shift], lanterns[shift:]; return back + front`.
        #expect(verdict("back = lanterns[:shift], lanterns[shift:]; return back + front") == .clean)
        #expect(verdict("front, back = lanterns[:shift], lanterns[shift:]; return back + front") == .clean)
        #expect(verdict("0\nfront, back = lanterns[:shift], lanterns[shift:]; return back + front") == .tenWords)
    }

    @Test func numbersAndAlphabetsBelongToNobody() {
        let table = "x = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]\nletters = alphabet(a b c d e f g h i j k l m n)\n"
        let decontaminator = Decontaminator(prompts: [], texts: [table])
        #expect(decontaminator(Array("0 1 2 3 4 5 6 7 8 9 10 11 12; a b c d e f g h i j k l".utf8)) == .clean)
        #expect(decontaminator(Array(table.utf8)) == .tenWords)
    }

    /// Ten-word overlap against plain arrays of words, on random texts over few words.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func tenWordsEqualsBruteForce(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let vocabulary = ["alpha", "beta", "x", "7", "Gamma_1"]
        func text(_ count: Int) -> [String] { (0..<count).map { _ in vocabulary.randomElement(using: &random) ?? "" } }
        func runs(_ words: [String]) -> Set<[String]> {
            guard words.count >= 10 else { return [] }
            return Set((0...words.count - 10).map { words[$0..<$0 + 10].map { $0.lowercased() } })
        }
        let task = text(3000)
        let telling = runs(task).filter { run in run.count { $0.count > 1 } >= 2 }
        let decontaminator = Decontaminator(prompts: [], texts: [task.joined(separator: " ")])
        var found = 0
        for _ in 0..<400 {
            let words = text(Int.random(in: 5...500, using: &random))
            let expected = !runs(words).isDisjoint(with: telling)
            found += expected ? 1 : 0
            let verdict = decontaminator(Array(words.joined(separator: " + ").utf8))
            #expect(verdict == (expected ? .tenWords : .clean), "seed \(seed)")
        }
        #expect(found > 0 && found < 400)
    }

    @Test func aSetOfTasksIsReadAndKeptOut() throws {
        let fixture = try CorpusFixture()
        let folder = fixture.root.appendingPathComponent("evaluation")
        let place = folder.appendingPathComponent("humaneval")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let task = ["prompt": Self.prompt, "canonical_solution": Self.solution]
        try JSONSerialization.data(withJSONObject: task).write(to: place.appendingPathComponent("tasks.jsonl"))
        fixture.evaluationFolder = folder
        for i in 0..<4 { try fixture.write("a/\(i).py", CorpusFixture.python(i)) }
        try fixture.write("a/prompt.py", CorpusFixture.python(10) + Self.prompt + CorpusFixture.python(11))
        try fixture.write("a/solution.py", CorpusFixture.python(12) + Self.solution + CorpusFixture.python(13))
        let report = try fixture.build()
        #expect(report.evaluationTasks == 1)
        #expect(report.contaminatedByPrompt == 1 && report.contaminatedByTenWords == 1)
        #expect(try !fixture.documents().contains { $0.contains("lanterns") })

        // A task that cannot be read could not be kept out.
        try Data("{\"prompt\": \"def f\n".utf8).write(to: place.appendingPathComponent("torn.jsonl"))
        #expect(try #require(throws: CinnabarError.self) { try fixture.build() }.code == .malformed)
        fixture.evaluationFolder = fixture.root.appendingPathComponent("nowhere")
        #expect(try #require(throws: CinnabarError.self) { try fixture.build() }.code == .file)
    }

    @Test(.enabled(if: CorpusTestData.evaluation != nil, "needs the folder of common test data, see CINNABAR_SHARED"))
    func pastedTasksOfTheRealSetsAreFound() throws {
        let folder = try #require(CorpusTestData.evaluation)
        let decontaminator = try Decontaminator(evaluationFolder: folder)
        #expect(decontaminator.tasks > 3000)
        let around = CorpusFixture.python(1)
        #expect(decontaminator(Array(around.utf8)) == .clean)
        let data = try Gzip.decompress(folder.appendingPathComponent("humaneval/HumanEval.jsonl.gz"))
        let lines = data.split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == 164)
        for line in lines {
            let task = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
            let prompt = try #require(task["prompt"] as? String)
            let solution = try #require(task["canonical_solution"] as? String)
            #expect(decontaminator(Array((around + prompt + around).utf8)) == .prompt)
            let reformatted = (prompt + solution).replacing(" ", with: "  ").replacing("\"\"\"", with: "'''")
            #expect(decontaminator(Array((around + reformatted).utf8)) != .clean)
        }
    }
}
