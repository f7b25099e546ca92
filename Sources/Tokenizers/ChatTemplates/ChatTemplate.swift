package import Common
package import Foundation

/// A value that a chat template sees: JSON with its keys in order.
package typealias TemplateValue = JSONValue

/// A chat template as checkpoints have it, rendered as the transformers library renders it: the Jinja of its immutable sandbox
/// with `trim_blocks`, `lstrip_blocks`, loop controls, `raise_exception`, `strftime_now`, a plain `tojson` and transparent
/// `generation` blocks.
///
/// Templates come from anywhere: nesting, steps, output and recursion are bounded (`TemplateLimits`). Not built in:
/// inheritance and inclusion of other templates, recursive loops, filters for HTML, and integers beyond 64 bits. `map`, `select`
/// and their kin work at once, so that they fail also where Jinja would never look at their items.
package struct ChatTemplate: Sendable {
    private let statements: [TemplateStatement]
    private let limits: TemplateLimits

    /// Parses a template.
    ///
    /// - Throws: `malformed`, naming the line and the text there.
    package init(source: String, limits: TemplateLimits = .standard) throws {
        self.limits = limits
        let text = TemplateLexer.normalize(source)
        do {
            statements = try DeepStack.run { try TemplateParser.parse(text, limits: limits) }
        } catch let error as TemplateSyntaxError {
            let line = text.split(at: ["\n"])[error.line - 1].stripped().prefix(120)
            throw CinnabarError(
                .malformed,
                "line \(error.line) of the chat template: \(error.message)",
                hint: "the line reads: \(Text(line).string)"
            )
        }
    }

    /// The text of a conversation.
    ///
    /// - Parameters:
    ///   - messages: objects with `role`, `content` and what else the template knows.
    ///   - tools: JSON schemas; nil is `none`, as without tools.
    ///   - extra: further variables, such as `enable_thinking`; they win over those above.
    ///   - now: what `strftime_now` tells, in local time.
    /// - Throws: `invalidArgument` where the template refuses the conversation (`raise_exception`), `malformed` where it fails on
    ///   it, `unsupported`, and `resource` beyond the limits.
    package func render(
        messages: [TemplateValue],
        tools: [TemplateValue]? = nil,
        addGenerationPrompt: Bool,
        bosToken: String? = nil,
        eosToken: String? = nil,
        extra: [String: TemplateValue] = [:],
        now: Date = Date()
    ) throws -> String {
        var variables = extra
        let given: [(String, TemplateValue?)] = [
            ("messages", .array(messages)), ("tools", tools.map(TemplateValue.array) ?? .null), ("documents", .null),
            ("add_generation_prompt", .boolean(addGenerationPrompt)), ("bos_token", bosToken.map(TemplateValue.string)),
            ("eos_token", eosToken.map(TemplateValue.string)),
        ]
        for (name, value) in given where variables[name] == nil { variables[name] = value }
        return try render(variables, now: now)
    }

    /// The text with these variables and no others.
    package func render(_ variables: [String: TemplateValue], now: Date = Date()) throws -> String {
        do {
            let values = try variables.map { (Text($0), try PythonValue($1)) }
            return try DeepStack.run { [statements, limits] in
                let renderer = TemplateRenderer(variables: Dictionary(values) { $1 }, now: now, limits: limits)
                return try renderer.render(statements).string
            }
        } catch let fault as TemplateFault {
            throw CinnabarError(fault.code, "a variable of the chat template: \(fault.message)")
        }
    }
}
