import Cinnabar
import Common

/// `POST /v1/fim/completions`, in Inception's and Mistral's form at once.
enum FillDialect {
    static func read(_ fields: RequestFields, _ served: ServedModel) throws -> (TextRequest, any ReplyEncoder) {
        var request = TextRequest()
        try OpenAIOptions.read(fields, into: &request, temperature: 0)
        // Mistral's names.
        if !fields.has("seed") {
            request.seed = try fields.integer("random_seed", in: Int.min...Int.max).map {
                UInt64(bitPattern: Int64($0))
            }
        }
        fields.skip("random_seed", "min_tokens")
        let prompt = try fields.required("prompt", fields.text("prompt"))
        let suffix = try fields.text("suffix").map(Suffix.text) ?? ""
        request.tasks = [.hole(prefix: prompt, suffix: suffix)]
        // Mercury's default.
        if !fields.has("stop") { request.stop = ["\n\n", "\n \n"] }
        request.topLogprobs = try fields.integer("logprobs", in: 0...Model.mostCandidates)
        try ConstraintFields.read(fields, into: &request)
        let reply = CompletionReply(
            ReplyHead("cmpl-", served),
            request.stream,
            choicesPerPrompt: request.count,
            hasMessages: true
        )
        return (request, reply)
    }
}
