import Cinnabar
import Common

/// `POST /v1/sessions`: a text that is written on command. Keys are those of completions; `prefix` is as good as `prompt`.
enum SessionRequest {
    static func read(_ fields: RequestFields) throws -> TextRequest {
        var request = TextRequest()
        try OpenAIOptions.read(fields, into: &request, temperature: 0)
        let names = ["prompt", "prefix"].filter(fields.has)
        guard names.count < 2 else { throw fields.error("prefix", "and 'prompt' are given at once; give one of them") }
        let prompt = try fields.text(names.first ?? "prompt") ?? ""
        let suffix = try fields.text("suffix").map(Suffix.text)
        request.tasks = [suffix.map { .hole(prefix: prompt, suffix: $0) } ?? .continuation(of: prompt)]
        request.topLogprobs = try fields.integer("logprobs", in: 0...Model.mostCandidates)
        try ConstraintFields.read(fields, into: &request)
        guard request.maxTokens != 0 else { throw fields.error("max_tokens", "must be at least 1") }
        if request.stream.isOn {
            request.warnings.append("not applied: stream; states are at /v1/sessions/ID/events")
        }
        OpenAIOptions.oneChoice(&request)
        // Said in the reply, so that the text can be written again; readers of JSON keep 32 bits.
        request.seed = request.seed ?? UInt64(UInt32.random(in: 0...UInt32.max))
        return request
    }
}
