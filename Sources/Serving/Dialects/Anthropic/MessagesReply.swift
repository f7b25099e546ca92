import Cinnabar
import Common

/// Anthropic's replies: content blocks, each begun, grown and stopped by events of its own.
struct MessagesReply: ReplyEncoder {
    let head: ReplyHead
    let framing = StreamFraming.serverSentEvents
    /// Index and kind of the block that is open; nil for none.
    private var open: (index: Int, isText: Bool)?
    private var blocks = 0

    init(_ head: ReplyHead) { self.head = head }

    func reply(_ completions: [Completion], warning: String?) -> JSONValue {
        let completion = completions[0]
        let text: [JSONValue] =
            completion.content.isEmpty && !completion.toolCalls.isEmpty
            ? [] : [["type": "text", "text": .string(completion.content)]]
        let calls = completion.toolCalls.map { call in
            [
                "type": "tool_use", "id": .string(call.id), "name": .string(call.name),
                "input": JSONValue(arguments: call.arguments),
            ] as JSONValue
        }
        return message(text + calls, completion, usage(completion.usage)).with("warning", warning.map(JSONValue.string))
    }

    private func message(_ content: [JSONValue], _ completion: Completion?, _ usage: JSONValue) -> JSONValue {
        [
            "id": .string(head.id), "type": "message", "role": "assistant", "model": .string(head.model),
            "content": .array(content), "stop_reason": JSONValue(completion.map(reason)),
            "stop_sequence": JSONValue(completion?.stopSequence), "usage": usage,
        ]
    }

    private func reason(_ completion: Completion) -> String {
        switch completion.finish {
        case .toolCalls: "tool_use"
        case .length: "max_tokens"
        case .stop: completion.stopSequence == nil ? "end_turn" : "stop_sequence"
        }
    }

    private func usage(_ usage: TokenUsage) -> JSONValue {
        [
            "input_tokens": .integer(usage.prompt - usage.cached), "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": .integer(usage.cached), "output_tokens": .integer(usage.output),
        ]
    }

    private func event(_ type: String, _ members: KeyValuePairs<String, JSONValue?>) -> StreamEvent {
        guard case .object(let members) = JSONValue.members(members) else { return StreamEvent(nil) }
        return StreamEvent(.object([.init(key: "type", value: .string(type))] + members), name: type)
    }

    func begin(promptTokens: Int) -> [StreamEvent] {
        let begin = message([], nil, usage(TokenUsage(prompt: promptTokens)))
        return [event("message_start", ["message": begin]), event("ping", [:])]
    }

    mutating func encode(_ event: TextEvent) -> [StreamEvent] {
        switch event {
        case .part(_, .text(let text, _)):
            let begin = open?.isText == true ? [] : start(isText: true, ["type": "text", "text": ""])
            return begin + [delta(["type": "text_delta", "text": .string(text)])]
        case .part(_, .call(_, let id, let name)):
            return start(
                isText: false,
                ["type": "tool_use", "id": .string(id), "name": .string(name), "input": [:]]
            )
        case .part(_, .arguments(_, let text)):
            return [delta(["type": "input_json_delta", "partial_json": .string(text)])]
        case .state: return []
        case .finished:
            // A message has at least one block.
            return (blocks == 0 ? start(isText: true, ["type": "text", "text": ""]) : []) + stop()
        }
    }

    private mutating func start(isText: Bool, _ block: JSONValue) -> [StreamEvent] {
        let end = stop()
        open = (blocks, isText)
        blocks += 1
        return end + [event("content_block_start", ["index": .integer(blocks - 1), "content_block": block])]
    }

    private func delta(_ delta: JSONValue) -> StreamEvent {
        event("content_block_delta", ["index": .integer(open?.index ?? 0), "delta": delta])
    }

    private mutating func stop() -> [StreamEvent] {
        defer { open = nil }
        return open.map { [event("content_block_stop", ["index": .integer($0.index)])] } ?? []
    }

    func end(_ completions: [Completion], warning: String?) -> [StreamEvent] {
        let completion = completions[0]
        let delta: JSONValue = [
            "stop_reason": .string(reason(completion)), "stop_sequence": JSONValue(completion.stopSequence),
        ]
        return [
            event("message_delta", ["delta": delta, "usage": usage(completion.usage)]), event("message_stop", [:]),
        ]
    }

    func failure(_ error: APIError) -> [StreamEvent] {
        [StreamEvent(ErrorEnvelope.anthropic.body(error), name: "error")]
    }
}
