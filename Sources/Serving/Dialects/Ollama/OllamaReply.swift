import Cinnabar
import Common
import Foundation

/// Ollama's replies: the same object whole or as lines.
struct OllamaReply: ReplyEncoder {
    let framing = StreamFraming.lines
    private let model: String
    private let isChat: Bool
    private let loadsOnly: Bool
    private let begin = ContinuousClock.now
    /// The call that is being written.
    private var openCall: (name: String, arguments: String)?

    init(_ served: ServedModel, _ request: TextRequest, isChat: Bool, loadsOnly: Bool) {
        // Clients look for the name that they asked for.
        model = request.model ?? served.id
        (self.isChat, self.loadsOnly) = (isChat, loadsOnly)
    }

    private func object(_ text: String, calls: [JSONValue] = [], _ more: [JSONValue.Member]) -> JSONValue {
        let content: JSONValue =
            isChat
            ? .members([
                "role": "assistant", "content": .string(text), "tool_calls": calls.isEmpty ? nil : .array(calls),
            ]) : .string(text)
        return .object(
            [
                .init(key: "model", value: .string(model)),
                .init(key: "created_at", value: .string(Date().formatted(.iso8601))),
                .init(key: isChat ? "message" : "response", value: content),
            ] + more
        )
    }

    private func toolCall(_ name: String, _ arguments: String) -> JSONValue {
        ["function": ["name": .string(name), "arguments": JSONValue(arguments: arguments)]]
    }

    private func final(_ completion: Completion, text: String, calls: [JSONValue], _ warning: String?) -> JSONValue {
        func nanoseconds(_ seconds: Double) -> JSONValue { .integer(Int(seconds * 1e9)) }
        let reason = loadsOnly ? "load" : completion.finish == .length ? "length" : "stop"
        var members: [JSONValue.Member] = [
            .init(key: "done", value: true), .init(key: "done_reason", value: .string(reason)),
            .init(key: "total_duration", value: nanoseconds((ContinuousClock.now - begin) / .seconds(1))),
            .init(key: "load_duration", value: 0),
            .init(key: "prompt_eval_count", value: .integer(completion.usage.prompt)),
            .init(key: "prompt_eval_duration", value: nanoseconds(completion.prefillSeconds)),
            .init(key: "eval_count", value: .integer(completion.usage.output)),
            .init(key: "eval_duration", value: nanoseconds(completion.decodeSeconds)),
        ]
        if !isChat { members.append(.init(key: "context", value: [])) }
        if let warning { members.append(.init(key: "warning", value: .string(warning))) }
        return object(text, calls: calls, members)
    }

    func reply(_ completions: [Completion], warning: String?) -> JSONValue {
        let completion = completions[0]
        let calls = completion.toolCalls.map { toolCall($0.name, $0.arguments) }
        return final(completion, text: completion.content, calls: calls, warning)
    }

    func begin(promptTokens: Int) -> [StreamEvent] { [] }

    mutating func encode(_ event: TextEvent) -> [StreamEvent] {
        let running: [JSONValue.Member] = [.init(key: "done", value: false)]
        switch event {
        case .part(_, .text(let text, _)): return [StreamEvent(object(text, running))]
        case .part(_, .call(_, _, let name)):
            defer { openCall = (name, "") }
            return pending(running)
        case .part(_, .arguments(_, let text)):
            openCall?.arguments += text
            return []
        case .state: return []
        case .finished:
            defer { openCall = nil }
            return pending(running)
        }
    }

    /// A call is told as a whole.
    private func pending(_ running: [JSONValue.Member]) -> [StreamEvent] {
        openCall.map { [StreamEvent(object("", calls: [toolCall($0.name, $0.arguments)], running))] } ?? []
    }

    func end(_ completions: [Completion], warning: String?) -> [StreamEvent] {
        [StreamEvent(final(completions[0], text: "", calls: [], warning))]
    }

    func failure(_ error: APIError) -> [StreamEvent] { [StreamEvent(ErrorEnvelope.ollama.body(error))] }
}

/// What Ollama's clients ask about models.
enum OllamaModels {
    /// The version of Ollama whose interface is followed.
    static let version = "0.12.0"

    static func tags(_ served: ServedModel) -> JSONValue {
        let date = Date(timeIntervalSince1970: TimeInterval(served.created)).formatted(.iso8601)
        return [
            "models": [
                [
                    "name": .string(served.id), "model": .string(served.id), "modified_at": .string(date),
                    "size": .integer(served.model.parameterCount), "digest": "", "details": details(served),
                ]
            ]
        ]
    }

    static func show(_ served: ServedModel) -> JSONValue {
        [
            "modelfile": "", "parameters": "", "template": "", "details": details(served),
            "model_info": [
                "general.architecture": .string(served.model.familyName),
                "general.parameter_count": .integer(served.model.parameterCount),
                "\(served.model.familyName).context_length": .integer(served.model.contextLength),
            ],
            "capabilities": ["completion", "insert", "tools"],
        ]
    }

    private static func details(_ served: ServedModel) -> JSONValue {
        [
            "parent_model": "", "format": "safetensors", "family": .string(served.model.familyName),
            "families": [.string(served.model.familyName)],
            "parameter_size": .string(String(format: "%.1fM", Double(served.model.parameterCount) / 1e6)),
            "quantization_level": .string(served.model.precision.rawValue),
        ]
    }
}
