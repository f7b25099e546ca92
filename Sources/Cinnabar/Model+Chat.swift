import Common
import Foundation
import Tokenizers

/// A turn of a conversation.
public struct ChatMessage: Sendable, Hashable {
    /// `system`, `user`, `assistant`, `tool`, or what else the model's template knows.
    public var role: String
    public var content: String
    /// What the assistant called in this turn.
    public var toolCalls: [ToolCall]
    /// The call that a turn of a tool answers.
    public var toolCallID: String?

    public init(role: String, content: String, toolCalls: [ToolCall] = [], toolCallID: String? = nil) {
        (self.role, self.content, self.toolCalls, self.toolCallID) = (role, content, toolCalls, toolCallID)
    }
}

/// A function that an assistant may call.
public struct Tool: Sendable, Hashable {
    public var name: String
    public var description: String?
    /// JSON Schema of the arguments.
    public var parameters: String

    public init(name: String, description: String? = nil, parameters: String = #"{"type":"object"}"#) {
        (self.name, self.description, self.parameters) = (name, description, parameters)
    }
}

/// A call of a tool.
public struct ToolCall: Sendable, Hashable {
    public var id: String
    public var name: String
    /// A JSON object.
    public var arguments: String

    public init(id: String, name: String, arguments: String) {
        (self.id, self.name, self.arguments) = (id, name, arguments)
    }
}

extension Model {
    /// Answers a conversation, set as the checkpoint's own chat template sets it, or as a plain ``Transcript`` where it has none.
    ///
    /// - Throws: `invalidArgument` where its template refuses the conversation, and what ``generate(_:options:)`` throws.
    public func chat(
        _ messages: [ChatMessage],
        tools: [Tool] = [],
        options: GenerationOptions = .init()
    ) throws -> Session {
        guard case .family(let settings) = settings, let chatTemplates else {
            var options = options
            options.stop += Transcript.ends
            return try generate(Transcript(messages, tools: tools).text, options: options)
        }
        let text = try chatTemplates.get().render(messages, tools: tools)
        // The template has written its special tokens; those of a frame would come twice.
        return try generate(tokenizer.encode(text, parsingSpecialTokens: true), by: settings, options)
    }

    /// Whether its checkpoint says how conversations are set.
    public var hasChatTemplate: Bool { chatTemplates != nil }

    /// Tokens of a conversation as ``chat(_:tools:options:)`` sets it.
    public func chatTokenCount(_ messages: [ChatMessage], tools: [Tool] = []) throws -> Int {
        guard let chatTemplates else { return 1 + tokenizer.encode(Transcript(messages, tools: tools).text).count }
        return tokenizer.encode(try chatTemplates.get().render(messages, tools: tools), parsingSpecialTokens: true)
            .count
    }
}

extension ChatTemplates {
    /// The text of a conversation. Where the template refuses its order of roles, neighbours of one role are joined and system turns
    /// put first.
    fileprivate func render(_ messages: [ChatMessage], tools: [Tool]) throws -> String {
        let tools = tools.isEmpty ? nil : try tools.map { try $0.templateValue }
        func render(_ messages: [ChatMessage]) throws -> String {
            try self.render(messages: messages.map(\.templateValue), tools: tools, addGenerationPrompt: true)
        }
        do {
            return try render(messages)
        } catch let error as CinnabarError where error.code == .invalidArgument {
            let ordered = messages.inPlainOrder
            guard ordered != messages else { throw error }
            return try render(ordered)
        }
    }
}

extension [ChatMessage] {
    /// System turns as one in front, and no two neighbours of the same role, but for tools.
    fileprivate var inPlainOrder: [ChatMessage] {
        let system = filter { $0.role == "system" }
        var ordered: [ChatMessage] = system + filter { $0.role != "system" }
        for index in ordered.indices.dropFirst().reversed() {
            let (message, last) = (ordered[index], ordered[index - 1])
            guard message.role == last.role, message.role != "tool" else { continue }
            ordered[index - 1].content += "\n\n" + message.content
            ordered[index - 1].toolCalls += message.toolCalls
            ordered.remove(at: index)
        }
        return ordered
    }
}

extension ChatMessage {
    /// As templates of the transformers library expect it: arguments as an object.
    fileprivate var templateValue: TemplateValue {
        var members: [TemplateValue.Member] = [
            .init(key: "role", value: .string(role)), .init(key: "content", value: .string(content)),
        ]
        if !toolCalls.isEmpty {
            members.append(.init(key: "tool_calls", value: .array(toolCalls.map(\.templateValue))))
        }
        if let toolCallID { members.append(.init(key: "tool_call_id", value: .string(toolCallID))) }
        return .object(members)
    }
}

extension ToolCall {
    fileprivate var templateValue: TemplateValue {
        let function: [TemplateValue.Member] = [
            .init(key: "name", value: .string(name)),
            .init(key: "arguments", value: (try? JSONValue(json: arguments)) ?? .string(arguments)),
        ]
        return .object([
            .init(key: "id", value: .string(id)), .init(key: "type", value: .string("function")),
            .init(key: "function", value: .object(function)),
        ])
    }
}

extension Tool {
    fileprivate var templateValue: TemplateValue {
        get throws {
            var function: [TemplateValue.Member] = [.init(key: "name", value: .string(name))]
            if let description { function.append(.init(key: "description", value: .string(description))) }
            function.append(
                .init(key: "parameters", value: try JSONValue(json: parameters, name: "parameters of \(name)"))
            )
            return .object([
                .init(key: "type", value: .string("function")), .init(key: "function", value: .object(function)),
            ])
        }
    }
}
