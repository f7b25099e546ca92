import Cinnabar
import Common

/// Messages and tools of a chat request.
enum ChatMessages {
    /// Any role, in any order; `developer` is `system`, `function` is `tool`.
    static func read(_ fields: RequestFields, into request: inout TextRequest) throws -> [ChatMessage] {
        let messages = try fields.required("messages", fields.fieldsList("messages"))
        guard !messages.isEmpty else { throw fields.error("messages", "is empty") }
        var ignored: [String] = []
        let read = try messages.enumerated().map { index, message in
            let role = try message.required("role", message.text("role"))
            let content = try MessageContent(message.value("content"), at: "messages[\(index)].content")
            ignored += content.ignoredParts
            message.skip("name", "refusal", "audio", "annotations", "reasoning_content", "reasoning", "function_call")
            return ChatMessage(
                role: ["developer": "system", "function": "tool"][role] ?? role,
                content: content.text,
                toolCalls: try toolCalls(message),
                toolCallID: try message.text("tool_call_id")
            )
        }
        warn(ofParts: ignored, &request)
        return read
    }

    static func warn(ofParts kinds: [String], _ request: inout TextRequest) {
        guard !kinds.isEmpty else { return }
        request.warnings.append("the model reads text only; left out: \(Set(kinds).sorted().joined(separator: ", "))")
    }

    private static func toolCalls(_ message: RequestFields) throws -> [ToolCall] {
        try (message.fieldsList("tool_calls") ?? []).map { call in
            call.skip("type", "index")
            let function = try call.fields("function")
            return ToolCall(
                id: try call.text("id") ?? "",
                name: try function?.text("name") ?? "",
                arguments: try function?.text("arguments") ?? "{}"
            )
        }
    }

    /// Tools in OpenAI's form, and whether one must be called.
    static func readTools(_ fields: RequestFields, into request: inout TextRequest) throws {
        let isParallel = try fields.flag("parallel_tool_calls") ?? true
        let choice = try toolChoice(fields)
        guard let tools = try fields.fieldsList("tools"), !tools.isEmpty else {
            guard choice == nil || choice == ToolSet.Choice.none || choice == .auto else {
                throw fields.error("tool_choice", "demands a call, but there are no tools")
            }
            return
        }
        let statements = try tools.enumerated().map { index, tool in
            tool.skip("type")
            guard let function = try tool.fields("function") else { throw tool.error("function", "is missing") }
            return try ToolSet.Statement(function, place: "tools[\(index)].function")
        }
        let set = try ToolSet(
            statements,
            choice: choice ?? .auto,
            isParallel: isParallel,
            answer: request.constraint
        )
        request.warnings += set.warnings
        request.tools = set
    }

    static func toolChoice(_ fields: RequestFields) throws -> ToolSet.Choice? {
        switch fields.value("tool_choice") {
        case nil: return nil
        case .string("none")?: return ToolSet.Choice.none
        case .string("auto")?: return .auto
        case .string("required")?, .string("any")?: return .required
        case .object?:
            guard let choice = try fields.fields("tool_choice") else { return nil }
            choice.skip("type")
            let function = try choice.fields("function")
            guard let name = try function?.text("name") ?? choice.text("name") else {
                throw choice.error("function.name", "is missing")
            }
            return .named(name)
        case let value?:
            throw fields.error(
                "tool_choice",
                "must be none, auto, required or an object with a name, not \(value.json.prefix(64))"
            )
        }
    }
}
