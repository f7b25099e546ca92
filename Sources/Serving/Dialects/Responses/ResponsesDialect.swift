import Cinnabar
import Common

/// `POST /v1/responses`, without stored state.
enum ResponsesDialect {
    static func read(_ fields: RequestFields, _ served: ServedModel) throws -> (TextRequest, any ReplyEncoder) {
        var request = TextRequest()
        try OpenAIOptions.read(fields, into: &request, temperature: 0.75)
        request.maxTokens =
            try fields.integer("max_output_tokens", in: 0...OpenAIOptions.mostTokens) ?? request.maxTokens
        if try fields.text("previous_response_id") != nil {
            throw fields.error(
                "previous_response_id",
                "is not known: responses are not stored, send the whole conversation"
            )
        }
        request.trims = try fields.text("truncation").map { $0 == "auto" }
        OpenAIOptions.oneChoice(&request)
        let echo = ResponsesEcho(fields)
        var messages: [ChatMessage] = []
        if let instructions = try fields.text("instructions") {
            messages.append(ChatMessage(role: "system", content: instructions))
        }
        messages += try input(fields, into: &request)
        request.tasks = [.conversation(messages)]
        if let text = try fields.fields("text") {
            text.skip("verbosity")
            try format(text, into: &request)
        }
        try readTools(fields, into: &request)
        request.topLogprobs = try fields.integer("top_logprobs", in: 0...Model.mostCandidates).flatMap {
            $0 > 0 ? $0 : nil
        }
        fields.skip("include", "background", "max_tool_calls", "conversation", "prompt")
        return (request, ResponsesReply(ReplyHead("resp_", served), echo, request))
    }

    private static func input(_ fields: RequestFields, into request: inout TextRequest) throws -> [ChatMessage] {
        switch fields.value("input") {
        case nil: return []
        case .string(let text)?: return [ChatMessage(role: "user", content: text)]
        default: break
        }
        var ignored: [String] = []
        let items = try fields.fieldsList("input") ?? []
        let messages = try items.enumerated().flatMap { index, item -> [ChatMessage] in
            item.skip("id", "status", "summary", "encrypted_content", "phase")
            switch try item.text("type") ?? "message" {
            case "message":
                let role = try item.required("role", item.text("role"))
                let content = try MessageContent(item.value("content"), at: "input[\(index)].content")
                ignored += content.ignoredParts
                return [ChatMessage(role: role == "developer" ? "system" : role, content: content.text)]
            case "function_call":
                let call = ToolCall(
                    id: try item.text("call_id") ?? "",
                    name: try item.text("name") ?? "",
                    arguments: try item.text("arguments") ?? "{}"
                )
                return [ChatMessage(role: "assistant", content: "", toolCalls: [call])]
            case "function_call_output":
                let output = try MessageContent(item.value("output"), at: "input[\(index)].output")
                ignored += output.ignoredParts
                return [ChatMessage(role: "tool", content: output.text, toolCallID: try item.text("call_id"))]
            case let type:
                item.skip("content")
                ignored.append(type)
                return []
            }
        }
        ChatMessages.warn(ofParts: ignored, &request)
        return messages
    }

    private static func format(_ text: RequestFields, into request: inout TextRequest) throws {
        guard let format = try text.fields("format") else { return }
        switch try format.text("type") {
        case "json_object"?: request.constraint = .jsonObject
        case "json_schema"?:
            let made = try ConstraintFields.statement(format, place: "text.format")
            request.constraint = made.constraint
            request.warnings += made.warnings
        default: break
        }
    }

    private static func readTools(_ fields: RequestFields, into request: inout TextRequest) throws {
        let isParallel = try fields.flag("parallel_tool_calls") ?? true
        let choice = try ChatMessages.toolChoice(fields) ?? .auto
        var others: [String] = []
        let statements = try (fields.fieldsList("tools") ?? []).enumerated().compactMap { index, tool in
            guard try tool.text("type") ?? "function" == "function" else {
                others.append(try tool.text("type") ?? "")
                return nil as ToolSet.Statement?
            }
            return try ToolSet.Statement(tool, place: "tools[\(index)]")
        }
        if !others.isEmpty { request.warnings.append("not offered: tools of type \(others.joined(separator: ", "))") }
        guard !statements.isEmpty else { return }
        let set = try ToolSet(statements, choice: choice, isParallel: isParallel, answer: request.constraint)
        request.warnings += set.warnings
        request.tools = set
    }
}

/// What a response repeats of its request.
struct ResponsesEcho: Sendable {
    let members: [JSONValue.Member]

    init(_ fields: RequestFields) {
        let defaults: [(String, JSONValue)] = [
            ("instructions", nil), ("max_output_tokens", nil), ("metadata", [:]), ("parallel_tool_calls", true),
            ("previous_response_id", nil), ("reasoning", ["effort": nil, "summary": nil]), ("store", false),
            ("temperature", 0.75), ("text", ["format": ["type": "text"]]), ("tool_choice", "auto"), ("tools", []),
            ("top_p", 1.0), ("truncation", "disabled"), ("user", nil),
        ]
        members = defaults.map { key, value in
            .init(key: key, value: key == "store" ? false : fields.peek(key) ?? value)
        }
    }
}
