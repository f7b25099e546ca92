import Foundation

/// A conversation as plain text, for models without a chat template: a heading for each turn, the last one for the answer.
///
///     ### System
///     Answer in Python.
///
///     ### User
///     Add two numbers.
///
///     ### Assistant
///
/// Tools stand as JSON, one a line, under `### Tools`; calls as ``ToolCallText`` has them, their answers under `### Tool`. The headings
/// are comments of Python, which is what native models read. The answer ends before the next heading.
struct Transcript {
    let text: String

    private static let headings = [
        "system": "System", "user": "User", "assistant": "Assistant", "tool": "Tool", "tools": "Tools",
    ]

    /// Where an answer ends.
    static let ends = headings.values.sorted().map { "\n### \($0)\n" }

    init(_ messages: [ChatMessage], tools: [Tool] = []) {
        var text = ""
        func add(_ heading: String, _ content: String) { text += "### \(heading)\n\(content)\n\n" }
        if !tools.isEmpty {
            let instruction = "To call one write \(ToolCallText.begin){\"name\":…,\"arguments\":…}\(ToolCallText.end)"
            add("Tools", (tools.map(ToolCallText.declaration) + [instruction]).joined(separator: "\n"))
        }
        for message in messages {
            let calls = message.toolCalls.map(ToolCallText.text)
            let content = (message.content.isEmpty ? [] : [message.content]) + calls
            add(Self.headings[message.role] ?? message.role.capitalized, content.joined(separator: "\n"))
        }
        self.text = text + "### Assistant\n"
    }
}
