import Cinnabar
import Common

/// `POST /v1/chat/completions`
enum ChatDialect {
    static func read(_ fields: RequestFields, _ served: ServedModel) throws -> (TextRequest, any ReplyEncoder) {
        var request = TextRequest()
        try OpenAIOptions.read(fields, into: &request, temperature: 0.75)
        request.tasks = [.conversation(try ChatMessages.read(fields, into: &request))]
        let candidates = try fields.integer("top_logprobs", in: 0...Model.mostCandidates)
        if try fields.flag("logprobs") ?? (candidates != nil) { request.topLogprobs = candidates ?? 0 }
        try ConstraintFields.read(fields, into: &request)
        try ChatMessages.readTools(fields, into: &request)
        return (request, ChatReply(ReplyHead("chatcmpl-", served), request.stream, object: "chat.completion"))
    }
}
