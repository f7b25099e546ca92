import Cinnabar
import Common

/// `POST /api/generate`
enum OllamaGenerateDialect {
    static func read(_ fields: RequestFields, _ served: ServedModel) throws -> (TextRequest, any ReplyEncoder) {
        var request = TextRequest()
        try OllamaOptions.read(fields, into: &request)
        let prompt = try fields.text("prompt") ?? ""
        let system = try fields.text("system") ?? ""
        let isRaw = try fields.flag("raw") ?? false
        if let images = try fields.list("images"), !images.isEmpty {
            ChatMessages.warn(ofParts: ["images"], &request)
        }
        if let suffix = try fields.text("suffix"), !suffix.isEmpty {
            request.tasks = [.hole(prefix: prompt, suffix: suffix)]
        } else if served.model.hasChatTemplate, !isRaw {
            let messages = (system.isEmpty ? [] : [ChatMessage(role: "system", content: system)])
            request.tasks = [.conversation(messages + [ChatMessage(role: "user", content: prompt)])]
        } else {
            request.tasks = [.continuation(of: system.isEmpty ? prompt : "\(system)\n\n\(prompt)")]
        }
        fields.skip("template", "context", "think", "keep_alive")
        // An empty prompt only loads the model.
        if prompt.isEmpty { request.maxTokens = 0 }
        return (request, OllamaReply(served, request, isChat: false, loadsOnly: prompt.isEmpty))
    }
}

/// `POST /api/chat`
enum OllamaChatDialect {
    static func read(_ fields: RequestFields, _ served: ServedModel) throws -> (TextRequest, any ReplyEncoder) {
        var request = TextRequest()
        try OllamaOptions.read(fields, into: &request)
        let messages = try (fields.fieldsList("messages") ?? []).map { message in
            message.skip("thinking", "tool_name")
            if let images = try message.list("images"), !images.isEmpty {
                ChatMessages.warn(ofParts: ["images"], &request)
            }
            let calls = try (message.fieldsList("tool_calls") ?? []).map { call in
                call.skip("type")
                let function = try call.fields("function")
                function?.skip("index")
                return ToolCall(
                    id: try call.text("id") ?? "",
                    name: try function?.text("name") ?? "",
                    arguments: function?.value("arguments")?.json ?? "{}"
                )
            }
            return ChatMessage(
                role: try message.required("role", message.text("role")),
                content: try message.text("content") ?? "",
                toolCalls: calls,
                toolCallID: try message.text("tool_call_id")
            )
        }
        try ChatMessages.readTools(fields, into: &request)
        fields.skip("think", "keep_alive")
        if messages.isEmpty { request.maxTokens = 0 }
        request.tasks = [.conversation(messages)]
        return (request, OllamaReply(served, request, isChat: true, loadsOnly: messages.isEmpty))
    }
}

enum OllamaOptions {
    static func read(_ fields: RequestFields, into request: inout TextRequest) throws {
        request.model = try fields.text("model")
        request.stream.isOn = try fields.flag("stream") ?? true
        request.temperature = 0.8
        if let options = try fields.fields("options") {
            if let tokens = try options.integer("num_predict", in: -2...OpenAIOptions.mostTokens), tokens >= 0 {
                request.maxTokens = tokens
            }
            let isRunning = request.stream.isOn
            let limit = request.maxTokens
            try OpenAIOptions.read(options, into: &request, temperature: 0.8)
            OpenAIOptions.oneChoice(&request)
            request.stream.isOn = isRunning
            request.maxTokens = limit
            request.model = try fields.text("model")
            options.skip("num_ctx", "num_batch", "num_gpu", "num_thread", "num_keep", "main_gpu", "use_mmap", "numa")
        }
        switch fields.value("format") {
        case nil, .string("")?: break
        case .string("json")?: request.constraint = .jsonObject
        case let schema?:
            let format = try OutputFormat.schema(schema, isStrict: true, place: "format")
            request.constraint = format.constraint
        }
    }
}
