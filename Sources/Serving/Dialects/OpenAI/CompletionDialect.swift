import Cinnabar
import Common

/// `POST /v1/completions`, with a suffix as well.
enum CompletionDialect {
    static func read(_ fields: RequestFields, _ served: ServedModel) throws -> (TextRequest, any ReplyEncoder) {
        var request = TextRequest()
        try OpenAIOptions.read(fields, into: &request, temperature: 0)
        let prompts = try Self.prompts(fields, served)
        let suffix = try fields.text("suffix").map(Suffix.text)
        request.tasks = prompts.map { prompt in
            suffix.map { .hole(prefix: prompt, suffix: $0) } ?? .continuation(of: prompt)
        }
        request.echo = try fields.flag("echo") ?? false
        guard !(request.echo && suffix != nil) else { throw fields.error("echo", "does not go with a suffix") }
        request.topLogprobs = try Self.logprobs(fields)
        if let best = try fields.integer("best_of", in: 1...TextRequest.mostChoices), best > request.count {
            request.warnings.append("not applied: best_of")
        }
        try ConstraintFields.read(fields, into: &request)
        let reply = CompletionReply(
            ReplyHead("cmpl-", served),
            request.stream,
            choicesPerPrompt: request.count,
            hasMessages: false
        )
        return (request, reply)
    }

    /// A number, or true for none beside the token itself.
    private static func logprobs(_ fields: RequestFields) throws -> Int? {
        if case .boolean(let isOn) = fields.value("logprobs") { return isOn ? 0 : nil }
        return try fields.integer("logprobs", in: 0...Model.mostCandidates)
    }

    static let mostPrompts = 1024

    /// A text, a list of texts, or their token ids.
    static func prompts(_ fields: RequestFields, _ served: ServedModel) throws -> [String] {
        func ids(_ values: [JSONValue]) throws -> String {
            try served.model.text(
                of: values.map { value in
                    guard case .integer(let id) = value else {
                        throw fields.error("prompt", "mixes texts and token ids")
                    }
                    return id
                }
            )
        }
        switch fields.value("prompt") {
        case nil: return [""]
        case .string(let text)?: return [text]
        case .array(let elements)?:
            guard
                (1...mostPrompts).contains(elements.count)
                    || elements.first.map({ if case .integer = $0 { true } else { false } }) == true
            else { throw fields.error("prompt", "must have 1 to \(mostPrompts) texts") }
            if case .integer = elements[0] { return [try ids(elements)] }
            return try elements.map { element in
                switch element {
                case .string(let text): text
                case .array(let values): try ids(values)
                default: throw fields.error("prompt", "must be a text, a list of texts or token ids")
                }
            }
        default: throw fields.error("prompt", "must be a text, a list of texts or token ids")
        }
    }
}

/// Continue sends an end marker for an empty suffix.
enum Suffix {
    static func text(_ suffix: String) -> String { suffix == "<|endoftext|>" ? "" : suffix }
}
