import Cinnabar
import Common

/// llama.cpp's replies, reduced to the fields that were asked for.
struct LlamaCppReply: ReplyEncoder {
    let framing = StreamFraming.serverSentEvents
    private let request: TextRequest
    private let model: String
    /// Paths with slashes; nil for all.
    private let fields: [String]?

    init(_ fields: RequestFields, _ served: ServedModel, _ request: TextRequest) throws {
        (self.request, model) = (request, served.id)
        let wanted = try fields.texts("response_fields")
        self.fields = wanted?.isEmpty == true ? nil : wanted
    }

    func reply(_ completions: [Completion], warning: String?) -> JSONValue {
        let replies = completions.map { reduced(final($0, content: $0.content, warning: warning)) }
        return replies.count == 1 ? replies[0] : .array(replies)
    }

    private func final(_ completion: Completion, content: String, warning: String?) -> JSONValue {
        let type =
            completion.finish == .length ? "limit" : completion.stopSequence == nil ? "eos" : "word"
        return .members([
            "index": .integer(completion.index), "content": .string(content), "id_slot": 0, "stop": true,
            "model": .string(model), "tokens_predicted": .integer(completion.usage.output),
            "tokens_evaluated": .integer(completion.usage.prompt),
            "generation_settings": [
                "n_predict": .integer(request.maxTokens ?? -1), "temperature": .number(request.temperature),
                "stop": .array(request.stop.map(JSONValue.string)), "stream": .boolean(request.stream.isOn),
            ],
            "prompt": "", "has_new_line": .boolean(completion.content.contains("\n")),
            "truncated": .boolean(completion.isTrimmed), "stop_type": .string(type),
            "stopping_word": .string(completion.stopSequence ?? ""), "tokens_cached": .integer(completion.usage.cached),
            "timings": timings(completion),
            "completion_probabilities": completion.scores.isEmpty ? nil : probabilities(completion.scores),
            "warning": warning.map(JSONValue.string),
        ])
    }

    private func timings(_ completion: Completion) -> JSONValue {
        func part(_ name: String, _ count: Int, _ seconds: Double) -> [JSONValue.Member] {
            [
                .init(key: "\(name)_n", value: .integer(count)),
                .init(key: "\(name)_ms", value: .number(1000 * seconds)),
                .init(key: "\(name)_per_token_ms", value: .number(count > 0 ? 1000 * seconds / Double(count) : 0)),
                .init(key: "\(name)_per_second", value: .number(seconds > 0 ? Double(count) / seconds : 0)),
            ]
        }
        let computed = completion.usage.prompt - completion.usage.cached
        return .object(
            part("prompt", computed, completion.prefillSeconds)
                + part("predicted", completion.usage.output, completion.decodeSeconds)
        )
    }

    private func probabilities(_ scores: [TokenScore]) -> JSONValue {
        func candidate(_ candidate: TokenScore.Candidate) -> JSONValue {
            [
                "token": .string(candidate.text), "logprob": .number(candidate.logprob),
                "bytes": .array(candidate.bytes.map { .integer(Int($0)) }),
            ]
        }
        return .array(scores.map { candidate($0.token).with("top_logprobs", .array($0.top.map(candidate))) })
    }

    /// Values at paths, under the path as key, as llama.cpp does it.
    private func reduced(_ reply: JSONValue) -> JSONValue {
        guard let fields else { return reply }
        return .object(
            fields.compactMap { path in
                var value: JSONValue? = reply
                for key in path.split(separator: "/") { value = value?.member(String(key)) }
                guard !path.isEmpty, let value else { return nil }
                return .init(key: path, value: value)
            }
        )
    }

    func begin(promptTokens: Int) -> [StreamEvent] { [] }

    func encode(_ event: TextEvent) -> [StreamEvent] {
        guard case .part(let index, .text(let text, _)) = event else { return [] }
        return [StreamEvent(["index": .integer(index), "content": .string(text), "stop": false])]
    }

    func end(_ completions: [Completion], warning: String?) -> [StreamEvent] {
        completions.map { StreamEvent(reduced(final($0, content: "", warning: warning))) }
    }

    func failure(_ error: APIError) -> [StreamEvent] { [StreamEvent(ErrorEnvelope.llamaCpp.body(error))] }
}

/// What clients of llama.cpp ask about the server.
enum LlamaCppProperties {
    static func json(_ served: ServedModel, slots: Int) -> JSONValue {
        [
            "default_generation_settings": [
                "n_ctx": .integer(served.model.contextLength), "params": ["n_predict": -1, "temperature": 0.8],
            ],
            "total_slots": .integer(slots), "model_path": .string(served.id), "chat_template": "",
            "modalities": ["vision": false, "audio": false], "build_info": "cinnabar",
        ]
    }
}
