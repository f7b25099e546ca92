import Cinnabar
import Common

/// `POST /v1/decisions` and `/v1/systemone`: questions about a state, answered by the probabilities of their options.
struct DecisionRequest: Sendable {
    var state: String
    var questions: [Question]
    var warnings: [String] = []

    struct Question: Sendable {
        enum Kind: String, Sendable { case noul, choice, score }

        var name: String
        var kind: Kind
        var instructions: String
        /// What is scored, with what it stands for.
        var options: [(label: String, meaning: String)]
        /// The levels as they came, for the legend.
        var levels: [JSONValue] = []

        /// The text before an option.
        func prompt(_ state: String) -> String {
            let list = options.map { $0.meaning.isEmpty ? "- \($0.label)" : "- \($0.label): \($0.meaning)" }
            return """
                \(state)

                Question (\(name)): \(instructions)
                Options:
                \(list.joined(separator: "\n"))
                Answer:
                """
        }
    }

    static let mostQuestions = 64

    init(_ fields: RequestFields) throws {
        fields.skip("model")
        state = Self.text(try fields.required("state", fields.value("state")))
        guard let value = fields.value("questions"), case .object(let members) = value else {
            throw fields.error("questions", "must be an object of questions")
        }
        guard (1...Self.mostQuestions).contains(members.count) else {
            throw fields.error("questions", "must have 1 to \(Self.mostQuestions) questions")
        }
        let questionFields = try RequestFields(value, at: "questions.")
        questions = try members.map { member in
            let question = try questionFields.required(member.key, questionFields.fields(member.key))
            return try Self.question(member.key, question)
        }
    }

    private static func question(_ name: String, _ fields: RequestFields) throws -> Question {
        let type = try fields.required("type", fields.text("type"))
        guard let kind = Question.Kind(rawValue: type) else {
            throw fields.error("type", "must be noul, choice or score, not '\(type)'")
        }
        let instructions = fields.value("instructions").map(text) ?? ""
        let criteria = fields.value("criteria")
        var question = Question(name: name, kind: kind, instructions: instructions, options: [])
        switch (kind, criteria) {
        case (.noul, nil), (.noul, .object?):
            question.options = ["true", "false"].map { ($0, criteria?[$0].map(text) ?? "") }
        case (.choice, .object(let members)?):
            guard (1...255).contains(members.count) else { throw fields.error("criteria", "must have 1 to 255 labels") }
            question.options = members.map { ($0.key, $0.value == .null ? "" : text($0.value)) }
        case (.score, .array(let levels)?):
            guard (2...10).contains(levels.count) else { throw fields.error("criteria", "must have 2 to 10 levels") }
            question.levels = levels
            question.options = levels.enumerated().map { ("\($0)", text($1)) }
        default: throw fields.error("criteria", "is not what a question of type \(type) needs")
        }
        return question
    }

    private static func text(_ value: JSONValue) -> String { value.text ?? value.json }
}

/// Asks the model how probable the options of each question are.
enum DecisionRun {
    static func answer(_ request: DecisionRequest, _ served: ServedModel) async throws -> JSONValue {
        var answers: [JSONValue.Member] = []
        var input = 0
        for question in request.questions {
            let prompt = question.prompt(request.state)
            input += served.model.tokens(of: prompt).count
            let options = question.options.map { " \($0.label)\n" }
            let probabilities = try await served.model.probabilities(of: options, behind: prompt)
            answers.append(.init(key: question.name, value: json(question, probabilities)))
        }
        return [
            "answers": .object(answers), "model": .string(served.id),
            "usage": ["input_tokens": .integer(input), "output_tokens": 0],
        ]
    }

    private static func json(_ question: DecisionRequest.Question, _ probabilities: [Double]) -> JSONValue {
        let table = JSONValue.object(
            zip(question.options, probabilities).map { .init(key: $0.label, value: .number($1)) }
        )
        let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
        switch question.kind {
        case .noul: return ["type": "noul", "noul": .number(probabilities[0])]
        case .choice:
            return [
                "type": "choice", "choice": .string(question.options[best].label),
                "confidence": .number(probabilities[best]), "probabilities": table,
            ]
        case .score:
            let expected = probabilities.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
            return [
                "type": "score", "score": .number(expected), "confidence": .number(probabilities[best]),
                "probabilities": table,
                "legend": .object(question.levels.enumerated().map { .init(key: "\($0)", value: $1) }),
            ]
        }
    }
}
