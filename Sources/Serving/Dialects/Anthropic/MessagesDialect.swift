import Cinnabar
import Common

/// `POST /v1/messages`
enum MessagesDialect {
    static func read(_ fields: RequestFields, _ served: ServedModel) throws -> (TextRequest, any ReplyEncoder) {
        var request = TextRequest()
        try OpenAIOptions.read(fields, into: &request, temperature: 1)
        request.stop += (try fields.texts("stop_sequences") ?? []).filter { !$0.isEmpty }
        OpenAIOptions.oneChoice(&request)
        let messages = try conversation(fields, into: &request)
        request.tasks = [.conversation(messages)]
        if let tools = try tools(fields) {
            request.warnings += tools.warnings
            request.tools = tools
        }
        fields.skip("thinking", "container", "context_management", "mcp_servers", "output_config", "betas")
        return (request, MessagesReply(ReplyHead("msg_", served)))
    }

    static func conversation(_ fields: RequestFields, into request: inout TextRequest) throws -> [ChatMessage] {
        var messages: [ChatMessage] = []
        var ignored: [String] = []
        if let system = fields.value("system") {
            messages.append(ChatMessage(role: "system", content: try MessageContent(system, at: "system").text))
        }
        let turns = try fields.required("messages", fields.fieldsList("messages"))
        guard !turns.isEmpty else { throw fields.error("messages", "is empty") }
        for (index, turn) in turns.enumerated() {
            let role = try turn.required("role", turn.text("role"))
            let (parts, kinds) = try Self.messages(role, turn.value("content"), at: "messages[\(index)].content")
            messages += parts
            ignored += kinds
        }
        ChatMessages.warn(ofParts: ignored, &request)
        return messages
    }

    /// A turn: its text and calls as one message, each result of a tool as another one.
    private static func messages(
        _ role: String,
        _ content: JSONValue?,
        at place: String
    ) throws -> (messages: [ChatMessage], ignored: [String]) {
        guard case .array(let blocks)? = content else {
            return ([ChatMessage(role: role, content: try MessageContent(content, at: place).text)], [])
        }
        var (results, ignored): ([ChatMessage], [String]) = ([], [])
        var texts: [String] = []
        var calls: [ToolCall] = []
        for block in blocks {
            switch block["type"]?.text {
            case "text"?: texts.append(block["text"]?.text ?? "")
            case "tool_use"?:
                calls.append(
                    ToolCall(
                        id: block["id"]?.text ?? "",
                        name: block["name"]?.text ?? "",
                        arguments: block["input"]?.json ?? "{}"
                    )
                )
            case "tool_result"?:
                let result = try MessageContent(block["content"], at: "\(place).content")
                ignored += result.ignoredParts
                results.append(
                    ChatMessage(role: "tool", content: result.text, toolCallID: block["tool_use_id"]?.text)
                )
            case let kind: ignored.append(kind ?? "unknown")
            }
        }
        let text = texts.joined(separator: "\n")
        let isNeeded = !text.isEmpty || !calls.isEmpty || results.isEmpty
        return (results + (isNeeded ? [ChatMessage(role: role, content: text, toolCalls: calls)] : []), ignored)
    }

    private static func tools(_ fields: RequestFields) throws -> ToolSet? {
        var choice = ToolSet.Choice.auto
        var isParallel = true
        if let stated = try fields.fields("tool_choice") {
            isParallel = !(try stated.flag("disable_parallel_tool_use") ?? false)
            switch try stated.text("type") {
            case "none"?: choice = .none
            case "any"?: choice = .required
            case "tool"?: choice = .named(try stated.required("name", stated.text("name")))
            default: choice = .auto
            }
        }
        guard let tools = try fields.fieldsList("tools"), !tools.isEmpty else { return nil }
        let statements = try tools.enumerated().map { index, tool in
            tool.skip("cache_control", "type")
            return try ToolSet.Statement(tool, schema: "input_schema", place: "tools[\(index)]")
        }
        return try ToolSet(statements, choice: choice, isParallel: isParallel, answer: nil)
    }
}
