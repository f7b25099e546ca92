import Common
import Foundation
import Tokenizers

/// A turn of a conversation.
public struct ChatMessage: Sendable, Hashable {
    /// `system`, `user`, `assistant`, or what else the model's template knows.
    public var role: String
    public var content: String

    public init(role: String, content: String) {
        (self.role, self.content) = (role, content)
    }
}

extension Model {
    /// Answers a conversation, set as the checkpoint's own chat template sets it.
    ///
    /// - Throws: `unsupported` for a model without a template, `invalidArgument` where its template refuses the conversation,
    ///   and what ``generate(_:options:)`` throws.
    public func chat(_ messages: [ChatMessage], options: GenerationOptions = .init()) throws -> Session {
        guard case .family(let settings) = settings, let chatTemplates else {
            throw CinnabarError(
                .unsupported,
                "\(folder.path) has no chat template",
                hint: "continue a text with generate"
            )
        }
        let text = try chatTemplates.get().render(
            messages: messages.map { message in
                .object([
                    .init(key: "role", value: .string(message.role)),
                    .init(key: "content", value: .string(message.content)),
                ])
            },
            addGenerationPrompt: true
        )
        // The template has written its special tokens; those of a frame would come twice.
        return try generate(tokenizer.encode(text, parsingSpecialTokens: true), by: settings, options)
    }
}
