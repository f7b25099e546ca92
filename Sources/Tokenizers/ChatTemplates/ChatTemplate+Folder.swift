import Common
package import Foundation

/// The chat templates of a model folder and the tokens that they name.
package struct ChatTemplates: Sendable {
    /// The templates by name; the only one is `default`.
    private let templates: [String: ChatTemplate]
    package let bosToken: String?
    package let eosToken: String?

    /// Reads `tokenizer_config.json`, whose `chat_template` is a text or a list of named texts, and `chat_template.jinja`, which
    /// wins over it. Either file may be missing.
    ///
    /// - Throws: `file` if there is no template, `malformed` if one cannot be parsed.
    package init(folder: URL) throws {
        let config = try Self.config(folder.appendingPathComponent("tokenizer_config.json"))
        let file = folder.appendingPathComponent("chat_template.jinja")
        var sources: [(name: String, source: String)] = []
        switch config["chat_template"] {
        case .string(let source): sources = [("default", source)]
        case .array(let entries):
            sources = try entries.map { entry in
                guard let name = entry["name"]?.text, let source = entry["template"]?.text else {
                    throw CinnabarError(.malformed, "a chat template in \(folder.path) has no 'name' or no 'template'")
                }
                return (name, source)
            }
        default: break
        }
        if FileManager.default.fileExists(atPath: file.path) {
            let bytes = try MappedFile(file).data()
            guard let source = String(validating: bytes, as: UTF8.self) else {
                throw CinnabarError(.malformed, "\(file.path) is not UTF-8 text")
            }
            sources.append(("default", source))
        }
        guard !sources.isEmpty else {
            throw CinnabarError(
                .file,
                "no chat template in \(folder.path)",
                hint: "take chat_template.jinja from the model that this one was made from"
            )
        }
        templates = try Dictionary(sources.map { ($0, try ChatTemplate(source: $1)) }) { $1 }
        (bosToken, eosToken) = (Self.token(config["bos_token"]), Self.token(config["eos_token"]))
    }

    /// A single template, as a GGUF file has it.
    package init(source: String, bosToken: String?, eosToken: String?) throws {
        templates = ["default": try ChatTemplate(source: source)]
        (self.bosToken, self.eosToken) = (bosToken, eosToken)
    }

    private static func config(_ url: URL) throws -> JSONValue {
        guard FileManager.default.fileExists(atPath: url.path) else { return .null }
        return try JSONValue(json: MappedFile(url).data(), name: url.path)
    }

    /// A token is written as a text or as an object that holds it.
    private static func token(_ value: JSONValue?) -> String? { value?.text ?? value?["content"]?.text }

    /// The text of a conversation; with tools by the template `tool_use`, if there is one. See `ChatTemplate.render`.
    package func render(
        messages: [TemplateValue],
        tools: [TemplateValue]? = nil,
        addGenerationPrompt: Bool,
        extra: [String: TemplateValue] = [:],
        now: Date = Date()
    ) throws -> String {
        guard let template = tools.flatMap({ _ in templates["tool_use"] }) ?? templates["default"] else {
            throw CinnabarError(
                .unsupported,
                "the chat templates \(templates.keys.sorted().joined(separator: ", ")) have no 'default' among them"
            )
        }
        return try template.render(
            messages: messages,
            tools: tools,
            addGenerationPrompt: addGenerationPrompt,
            bosToken: bosToken,
            eosToken: eosToken,
            extra: extra,
            now: now
        )
    }
}
