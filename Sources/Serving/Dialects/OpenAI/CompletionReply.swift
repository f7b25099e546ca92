import Cinnabar
import Common

/// Replies with texts: completions, and fill-in-the-middle, whose choices have a message beside the text for Mistral's clients.
struct CompletionReply: ReplyEncoder {
    let head: ReplyHead
    let wishes: StreamWishes
    let choicesPerPrompt: Int
    let hasMessages: Bool
    let framing = StreamFraming.serverSentEvents
    /// Code points of the streamed text that have scores, by choice.
    private var offsets: [Int: Int] = [:]

    init(_ head: ReplyHead, _ wishes: StreamWishes, choicesPerPrompt: Int = 1, hasMessages: Bool) {
        (self.head, self.wishes) = (head, wishes)
        (self.choicesPerPrompt, self.hasMessages) = (choicesPerPrompt, hasMessages)
    }

    func reply(_ completions: [Completion], warning: String?) -> JSONValue {
        body(
            completions.map { completion in
                let text = (completion.prompt ?? "") + completion.content
                return choice(
                    completion.index,
                    text,
                    key: "message",
                    logprobs: Logprobs.completion(completion.promptScores + completion.scores),
                    finish: completion.finish.rawValue
                )
            },
            usage: usage(completions),
            warning: warning
        )
    }

    private func usage(_ completions: [Completion]) -> JSONValue {
        OpenAIUsage.json(TokenUsage(completions, choicesPerPrompt: choicesPerPrompt))
    }

    private func choice(
        _ index: Int,
        _ text: String,
        key: String,
        logprobs: JSONValue = .null,
        finish: String?
    ) -> JSONValue {
        .members([
            "index": .integer(index), "text": .string(text),
            key: hasMessages ? ["role": "assistant", "content": .string(text)] : nil,
            "logprobs": logprobs, "finish_reason": JSONValue(finish),
        ])
    }

    private func body(_ choices: [JSONValue], usage: JSONValue?, warning: String? = nil) -> JSONValue {
        .members([
            "id": .string(head.id), "object": "text_completion", "created": .integer(head.created),
            "model": .string(head.model), "choices": .array(choices), "usage": usage,
            "warning": warning.map(JSONValue.string),
        ])
    }

    func begin(promptTokens: Int) -> [StreamEvent] { [] }

    mutating func encode(_ event: TextEvent) -> [StreamEvent] {
        func chunk(_ index: Int, _ text: String, logprobs: JSONValue = .null, finish: String? = nil) -> StreamEvent {
            StreamEvent(
                body(
                    [choice(index, text, key: "delta", logprobs: logprobs, finish: finish)],
                    usage: wishes.includesUsage ? .null : nil
                )
            )
        }
        switch event {
        case .part(let index, .text(let text, let scores)):
            return wishes.isDiffusing ? [] : [chunk(index, text, logprobs: logprobs(scores, of: index))]
        case .part: return []
        case .state(let index, let view):
            return (wishes.isDiffusing ? [chunk(index, view.shown)] : [])
                + (wishes.includesCanvas ? [CanvasEvent.event(head, index, view)] : [])
        case .finished(let completion):
            let logprobs = logprobs(completion.lastScores, of: completion.index)
            return (wishes.isDiffusing ? [chunk(completion.index, completion.content)] : [])
                + [chunk(completion.index, "", logprobs: logprobs, finish: completion.finish.rawValue)]
        }
    }

    private mutating func logprobs(_ scores: [TokenScore], of choice: Int) -> JSONValue {
        let offset = offsets[choice, default: 0]
        let bytes = scores.flatMap(\.token.bytes)
        offsets[choice] = offset + String(decoding: bytes, as: UTF8.self).unicodeScalars.count
        return Logprobs.completion(scores, offset: offset)
    }

    func end(_ completions: [Completion], warning: String?) -> [StreamEvent] {
        guard wishes.includesUsage || warning != nil else { return [.done] }
        return [StreamEvent(body([], usage: wishes.includesUsage ? usage(completions) : nil, warning: warning)), .done]
    }

    func failure(_ error: APIError) -> [StreamEvent] { [StreamEvent(ErrorEnvelope.openAI.body(error)), .done] }
}
