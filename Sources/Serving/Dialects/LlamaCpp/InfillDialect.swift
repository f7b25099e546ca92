import Cinnabar
import Common

/// `POST /infill`, as llama.vim and llama.vscode speak it.
enum InfillDialect {
    static func read(_ fields: RequestFields, _ served: ServedModel) throws -> (TextRequest, any ReplyEncoder) {
        var request = TextRequest()
        try LlamaCppOptions.read(fields, into: &request, temperature: 0)
        let extra = try (fields.fieldsList("input_extra") ?? []).map { file in
            let name = try file.text("filename").map { "\($0)\n" } ?? ""
            file.skip("time")
            return name + (try file.text("text") ?? "") + "\n\n"
        }
        // The part of the cursor's line before the cursor comes on its own.
        let prefix = (try fields.text("input_prefix") ?? "") + (try fields.text("prompt") ?? "")
        let task = TextTask.hole(prefix: extra.joined() + prefix, suffix: try fields.text("input_suffix") ?? "")
        request.tasks = [task]
        return (request, try LlamaCppReply(fields, served, request))
    }
}

/// `POST /completion`
enum LlamaCppDialect {
    static func read(_ fields: RequestFields, _ served: ServedModel) throws -> (TextRequest, any ReplyEncoder) {
        var request = TextRequest()
        try LlamaCppOptions.read(fields, into: &request, temperature: 0.8)
        let prompts = try CompletionDialect.prompts(fields, served)
        guard prompts.count == 1 else { throw fields.error("prompt", "must be one text here") }
        request.tasks = [.continuation(of: prompts[0])]
        return (request, try LlamaCppReply(fields, served, request))
    }
}

enum LlamaCppOptions {
    static func read(_ fields: RequestFields, into request: inout TextRequest, temperature: Double) throws {
        // -1 is no limit and a random seed.
        let tokens = try fields.integer("n_predict", in: -2...OpenAIOptions.mostTokens)
        let seed = fields.has("seed") ? try fields.integer("seed", in: Int.min...Int.max) : nil
        try OpenAIOptions.read(fields, into: &request, temperature: temperature)
        OpenAIOptions.oneChoice(&request)
        request.stream.includesScores = false
        if let tokens, tokens >= 0 { request.maxTokens = tokens }
        if seed == -1 { request.seed = nil }
        if let limit = try fields.integer("t_max_predict_ms", in: 0...86_400_000), limit > 0 {
            request.timeLimit = .milliseconds(limit)
        }
        request.topLogprobs = try fields.integer("n_probs", in: 0...Model.mostCandidates).flatMap { $0 > 0 ? $0 : nil }
        try ConstraintFields.read(fields, into: &request)
        fields.skip(
            "id_slot",
            "cache_prompt",
            "t_max_prompt_ms",
            "samplers",
            "n_keep",
            "n_cache_reuse",
            "timings_per_token"
        )
    }
}
