import Cinnabar
import Common

/// Replies with messages: chat, next edit, apply edit.
struct ChatReply: ReplyEncoder {
    let head: ReplyHead
    let wishes: StreamWishes
    /// `chat.completion` or the like; a chunk's has `.chunk` behind it.
    let object: String
    let framing = StreamFraming.serverSentEvents
    private var begun: Set<Int> = []

    init(_ head: ReplyHead, _ wishes: StreamWishes, object: String) {
        (self.head, self.wishes, self.object) = (head, wishes, object)
    }

    func reply(_ completions: [Completion], warning: String?) -> JSONValue {
        .members([
            "id": .string(head.id), "object": .string(object), "created": .integer(head.created),
            "model": .string(head.model),
            "choices": .array(completions.map(choice)),
            "usage": OpenAIUsage.json(TokenUsage(completions, choicesPerPrompt: completions.count)),
            "warning": warning.map(JSONValue.string),
        ])
    }

    private func choice(_ completion: Completion) -> JSONValue {
        let calls = completion.toolCalls.enumerated().map { index, call in
            [
                "id": .string(call.id), "type": "function",
                "function": ["name": .string(call.name), "arguments": .string(call.arguments)],
                "index": .integer(index),
            ] as JSONValue
        }
        let isOnlyCalls = !calls.isEmpty && completion.content.isEmpty
        return [
            "index": .integer(completion.index),
            "message": .members([
                "role": "assistant", "content": isOnlyCalls ? .null : .string(completion.content),
                "tool_calls": calls.isEmpty ? nil : .array(calls),
            ]),
            "logprobs": Logprobs.chat(completion.scores),
            "finish_reason": .string(completion.finish.rawValue),
        ]
    }

    func begin(promptTokens: Int) -> [StreamEvent] { [] }

    mutating func encode(_ event: TextEvent) -> [StreamEvent] {
        switch event {
        case .part(let choice, .text(let text, let scores)):
            guard !wishes.isDiffusing else { return [] }
            let logprobs = scores.isEmpty ? nil : Logprobs.chat(scores)
            return opened(choice) + [delta(choice, ["content": .string(text)], logprobs: logprobs)]
        case .part(let choice, .call(let index, let id, let name)):
            let call: JSONValue = [
                "index": .integer(index), "id": .string(id), "type": "function",
                "function": ["name": .string(name), "arguments": ""],
            ]
            return opened(choice) + [delta(choice, ["tool_calls": [call]])]
        case .part(let choice, .arguments(let index, let text)):
            let call: JSONValue = ["index": .integer(index), "function": ["arguments": .string(text)]]
            return opened(choice) + [delta(choice, ["tool_calls": [call]])]
        case .state(let choice, let view):
            var events = opened(choice)
            if wishes.isDiffusing { events.append(delta(choice, ["content": .string(view.shown)])) }
            if wishes.includesCanvas { events.append(CanvasEvent.event(head, choice, view)) }
            return events
        case .finished(let completion):
            var events = opened(completion.index)
            if wishes.isDiffusing { events.append(delta(completion.index, ["content": .string(completion.content)])) }
            let logprobs = completion.lastScores.isEmpty ? nil : Logprobs.chat(completion.lastScores)
            events.append(delta(completion.index, [:], finish: completion.finish.rawValue, logprobs: logprobs))
            return events
        }
    }

    /// The role comes first, once for each choice.
    private mutating func opened(_ choice: Int) -> [StreamEvent] {
        guard begun.insert(choice).inserted else { return [] }
        return [delta(choice, ["role": "assistant", "content": ""])]
    }

    private func delta(
        _ choice: Int,
        _ delta: JSONValue,
        finish: String? = nil,
        logprobs: JSONValue? = nil
    ) -> StreamEvent {
        chunk(
            [
                .members([
                    "index": .integer(choice), "delta": delta, "logprobs": logprobs,
                    "finish_reason": JSONValue(finish),
                ])
            ],
            usage: wishes.includesUsage ? .null : nil
        )
    }

    private func chunk(_ choices: JSONValue, usage: JSONValue?, warning: String? = nil) -> StreamEvent {
        StreamEvent(
            .members([
                "id": .string(head.id), "object": .string("\(object).chunk"), "created": .integer(head.created),
                "model": .string(head.model), "choices": choices, "usage": usage,
                "warning": warning.map(JSONValue.string),
            ])
        )
    }

    func end(_ completions: [Completion], warning: String?) -> [StreamEvent] {
        let usage = OpenAIUsage.json(TokenUsage(completions, choicesPerPrompt: completions.count))
        let last = wishes.includesUsage || warning != nil
        return (last ? [chunk([], usage: wishes.includesUsage ? usage : nil, warning: warning)] : []) + [.done]
    }

    func failure(_ error: APIError) -> [StreamEvent] { [StreamEvent(ErrorEnvelope.openAI.body(error)), .done] }
}
