import Constraints
import Foundation
import Testing

private let evaluationFolder = ProcessInfo.processInfo.environment["CINNABAR_PYTHON_EVALUATION"].map {
    URL(fileURLWithPath: $0)
}

/// The Swift half of `Benchmarks/constraints/python.py`, which names a folder in `CINNABAR_PYTHON_EVALUATION`: it puts
/// questions there, and asks CPython about the answers.
@Suite(.enabled(if: evaluationFolder != nil, "CINNABAR_PYTHON_EVALUATION names no folder"))
struct PythonEvaluationTests {
    /// A text, and where it begins: a level of indentation, or -1 for an expression.
    struct Text: Codable {
        var level: Int
        var text: String
    }

    static func grammar(_ level: Int) throws -> Grammar {
        try level < 0 ? .pythonExpression : .python(indentation: level)
    }

    @Test func answersQuestions() throws {
        let folder = try #require(evaluationFolder)
        var recognisers: [Int: Recogniser] = [:]
        var verdicts = ""
        for line in try Data(contentsOf: folder.appendingPathComponent("questions.jsonl")).split(separator: 0x0A) {
            let question = try JSONDecoder().decode(Text.self, from: line)
            var recogniser = try recognisers[question.level] ?? Recogniser(Self.grammar(question.level))
            if recogniser.memory > 64 << 20 { recogniser = try Recogniser(Self.grammar(question.level)) }
            verdicts += try recogniser.accepts(question.text.utf8) ? "1\n" : "0\n"
            recognisers[question.level] = recogniser
        }
        try Data(verdicts.utf8).write(to: folder.appendingPathComponent("verdicts.txt"))
    }

    @Test func drawsTexts() throws {
        let folder = try #require(evaluationFolder)
        var lines = Data()
        for level in [0, 0, 0, 1, 3, 15, -1] {
            var texts = try RandomText(Self.grammar(level), seed: 91 &+ UInt64(bitPattern: Int64(lines.count)))
            for index in 0..<3_000 {
                let text = String(decoding: try texts.draw(length: 10 + index % 150), as: UTF8.self)
                lines += try JSONEncoder().encode(Text(level: level, text: text)) + [0x0A]
                if texts.recogniser.memory > 64 << 20 { texts.recogniser = try Recogniser(Self.grammar(level)) }
            }
        }
        try lines.write(to: folder.appendingPathComponent("drawn.jsonl"))
    }
}
