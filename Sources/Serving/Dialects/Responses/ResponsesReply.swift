import Cinnabar
import Common

/// Replies of the responses API: items, and numbered events for their growth.
struct ResponsesReply: ReplyEncoder {
    let head: ReplyHead
    let echo: ResponsesEcho
    let framing = StreamFraming.serverSentEvents
    private let messageID = Identifiers.make("msg_")
    private var sequence = 0
    private var items: [Item] = []

    /// An item of the output while it is written.
    private struct Item {
        var id: String
        /// Nil for a message.
        var call: (id: String, name: String)?
        var text = ""
        var scores: [TokenScore] = []
        var isOpen = true
    }

    init(_ head: ReplyHead, _ echo: ResponsesEcho, _ request: TextRequest) { (self.head, self.echo) = (head, echo) }

    func reply(_ completions: [Completion], warning: String?) -> JSONValue {
        let completion = completions[0]
        var items: [JSONValue] = []
        if !completion.content.isEmpty || completion.toolCalls.isEmpty {
            let logprobs = Logprobs.chat(completion.scores)["content"]
            items.append(message(completion.content, status(completion), logprobs: logprobs))
        }
        items += completion.toolCalls.map { call in
            functionCall(Identifiers.make("fc_"), (call.id, call.name), call.arguments, "completed")
        }
        return response(status(completion), items, completion).with("warning", warning.map(JSONValue.string))
    }

    private func status(_ completion: Completion) -> String {
        completion.finish == .length ? "incomplete" : "completed"
    }

    private func message(_ text: String, _ status: String, logprobs: JSONValue? = nil) -> JSONValue {
        [
            "id": .string(messageID), "type": "message", "status": .string(status), "role": "assistant",
            "content": status == "in_progress" ? [] : [part(text, logprobs)],
        ]
    }

    private func part(_ text: String, _ logprobs: JSONValue? = nil) -> JSONValue {
        ["type": "output_text", "text": .string(text), "annotations": [], "logprobs": logprobs ?? []]
    }

    private func functionCall(
        _ id: String,
        _ call: (id: String, name: String),
        _ arguments: String,
        _ status: String
    ) -> JSONValue {
        [
            "id": .string(id), "type": "function_call", "status": .string(status), "call_id": .string(call.id),
            "name": .string(call.name), "arguments": .string(arguments),
        ]
    }

    private func response(_ status: String, _ items: [JSONValue], _ completion: Completion?) -> JSONValue {
        let usage = completion?.usage
        let incomplete: JSONValue = status == "incomplete" ? ["reason": "max_output_tokens"] : nil
        let members: [JSONValue.Member] = [
            .init(key: "id", value: .string(head.id)), .init(key: "object", value: "response"),
            .init(key: "created_at", value: .integer(head.created)), .init(key: "status", value: .string(status)),
            .init(key: "error", value: nil), .init(key: "incomplete_details", value: incomplete),
            .init(key: "model", value: .string(head.model)), .init(key: "output", value: .array(items)),
            .init(key: "usage", value: usage.map(Self.usage) ?? .null),
        ]
        return .object(members + echo.members)
    }

    private static func usage(_ usage: TokenUsage) -> JSONValue {
        [
            "input_tokens": .integer(usage.prompt), "input_tokens_details": ["cached_tokens": .integer(usage.cached)],
            "output_tokens": .integer(usage.output), "output_tokens_details": ["reasoning_tokens": 0],
            "total_tokens": .integer(usage.total),
        ]
    }

    private mutating func event(_ type: String, _ members: KeyValuePairs<String, JSONValue?>) -> StreamEvent {
        defer { sequence += 1 }
        guard case .object(let members) = JSONValue.members(members) else { return StreamEvent(nil) }
        let kind: [JSONValue.Member] = [
            .init(key: "type", value: .string(type)), .init(key: "sequence_number", value: .integer(sequence)),
        ]
        return StreamEvent(.object(kind + members), name: type)
    }

    mutating func begin(promptTokens: Int) -> [StreamEvent] {
        let response = response("in_progress", [], nil)
        return [
            event("response.created", ["response": response]), event("response.in_progress", ["response": response]),
        ]
    }

    mutating func encode(_ event: TextEvent) -> [StreamEvent] {
        switch event {
        case .part(_, .text(let text, let scores)):
            var events: [StreamEvent] = []
            if items.last?.call != nil || items.isEmpty { events += openMessage() }
            let logprobs = Logprobs.chat(scores).member("content") ?? []
            if let last = items.indices.last { items[last].scores += scores }
            return events + [grow(text, "response.output_text.delta", ["content_index": 0, "logprobs": logprobs])]
        case .part(_, .call(_, let id, let name)):
            var events = close()
            items.append(Item(id: Identifiers.make("fc_"), call: (id, name)))
            events.append(added(functionCall(items[items.count - 1].id, (id, name), "", "in_progress")))
            return events
        case .part(_, .arguments(_, let text)): return [grow(text, "response.function_call_arguments.delta", [:])]
        case .state: return []
        case .finished(let completion):
            return (items.isEmpty ? openMessage() : []) + close(as: status(completion))
        }
    }

    private mutating func openMessage() -> [StreamEvent] {
        var events = close()
        items.append(Item(id: messageID))
        events.append(added(message("", "in_progress")))
        events.append(
            event(
                "response.content_part.added",
                [
                    "item_id": .string(messageID), "output_index": .integer(items.count - 1), "content_index": 0,
                    "part": part(""),
                ]
            )
        )
        return events
    }

    private mutating func added(_ item: JSONValue) -> StreamEvent {
        event("response.output_item.added", ["output_index": .integer(items.count - 1), "item": item])
    }

    private mutating func grow(_ text: String, _ type: String, _ more: JSONValue) -> StreamEvent {
        guard let last = items.indices.last else { return event(type, [:]) }
        items[last].text += text
        return event(
            type,
            [
                "item_id": .string(items[last].id), "output_index": .integer(last), "delta": .string(text),
                "content_index": more.member("content_index"), "logprobs": more.member("logprobs"),
            ]
        )
    }

    /// Ends the item that is open.
    private mutating func close(as status: String = "completed") -> [StreamEvent] {
        guard let last = items.indices.last, items[last].isOpen else { return [] }
        items[last].isOpen = false
        let item = items[last]
        let (id, index) = (JSONValue.string(item.id), JSONValue.integer(last))
        if item.call != nil {
            return [
                event(
                    "response.function_call_arguments.done",
                    ["item_id": id, "output_index": index, "arguments": .string(item.text)]
                ),
                event("response.output_item.done", ["output_index": index, "item": json(item, "completed")]),
            ]
        }
        return [
            event(
                "response.output_text.done",
                [
                    "item_id": id, "output_index": index, "content_index": 0, "text": .string(item.text),
                    "logprobs": Logprobs.chat(item.scores).member("content") ?? [],
                ]
            ),
            event(
                "response.content_part.done",
                [
                    "item_id": id, "output_index": index, "content_index": 0,
                    "part": part(item.text, Logprobs.chat(item.scores).member("content")),
                ]
            ),
            event("response.output_item.done", ["output_index": index, "item": json(item, status)]),
        ]
    }

    private func json(_ item: Item, _ status: String) -> JSONValue {
        item.call.map { functionCall(item.id, $0, item.text, "completed") }
            ?? message(item.text, status, logprobs: Logprobs.chat(item.scores).member("content"))
    }

    mutating func end(_ completions: [Completion], warning: String?) -> [StreamEvent] {
        let completion = completions[0]
        let status = status(completion)
        let response = response(status, items.map { json($0, status) }, completion)
            .with("warning", warning.map(JSONValue.string))
        return [event("response.\(status)", ["response": response])]
    }

    func failure(_ error: APIError) -> [StreamEvent] {
        let body: JSONValue = [
            "type": "error", "code": JSONValue(error.code), "message": .string(error.message),
            "param": JSONValue(error.parameter), "sequence_number": .integer(sequence),
        ]
        return [StreamEvent(body, name: "error")]
    }
}
