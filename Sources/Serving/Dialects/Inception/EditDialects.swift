import Cinnabar
import Common

/// `POST /v1/edit/completions`: the next edit of a region.
enum EditDialect {
    static func read(_ fields: RequestFields, _ served: ServedModel) throws -> (TextRequest, any ReplyEncoder) {
        var request = TextRequest()
        try OpenAIOptions.read(fields, into: &request, temperature: 0.2)
        request.tasks = [.edit(EditPrompt(try TaggedMessages.prompt(fields, into: &request)))]
        return (request, ChatReply(ReplyHead("cmpl-", served), request.stream, object: "edit.completion"))
    }
}

/// `POST /v1/apply/completions`: an update merged into a file.
enum ApplyDialect {
    static func read(_ fields: RequestFields, _ served: ServedModel) throws -> (TextRequest, any ReplyEncoder) {
        var request = TextRequest()
        try OpenAIOptions.read(fields, into: &request, temperature: 0)
        request.tasks = [.apply(ApplyPrompt(try TaggedMessages.prompt(fields, into: &request)))]
        return (request, ChatReply(ReplyHead("cmpl-", served), request.stream, object: "chat.completion"))
    }
}

/// The prompt of edit and apply: one user message. System messages of clients are passed over, the server has its own.
enum TaggedMessages {
    static func prompt(_ fields: RequestFields, into request: inout TextRequest) throws -> String {
        let messages = try ChatMessages.read(fields, into: &request)
        fields.skip("tools", "tool_choice", "response_format")
        guard let prompt = messages.last(where: { $0.role == "user" }) else {
            throw fields.error("messages", "must have a message of the user")
        }
        if messages.count > 1 { request.warnings.append("only the last message of the user is read") }
        return prompt.content
    }
}
