import Common
import Constraints
import Foundation

/// How calls of tools are written and read: as the models of the Qwen line have learned it, which most open diffusion models
/// descend from.
///
///     <tool_call>
///     {"name":"area","arguments":{"width":2}}
///     </tool_call>
package enum ToolCallText {
    package static let marker = "<tool_call>"
    package static let begin = marker + "\n"
    package static let end = "\n</tool_call>"

    /// What stands between `begin` and the arguments.
    package static func head(_ name: String) -> String { "{\"name\":\(quoted(name)),\"arguments\":" }

    package static func text(_ call: ToolCall) -> String { begin + head(call.name) + call.arguments + "}" + end }

    /// A tool as one line of JSON.
    static func declaration(_ tool: Tool) -> String {
        let description = tool.description.map { "\"description\":\(quoted($0))," } ?? ""
        return "{\"name\":\(quoted(tool.name)),\(description)\"parameters\":\(tool.parameters)}"
    }

    private static func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // A string always has a JSON form.
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}

extension Constraint {
    /// Calls of tools, alone or behind an answer.
    ///
    /// - Parameters:
    ///   - tools: names and what their arguments must be; at least one.
    ///   - most: greatest number of calls.
    ///   - answer: what may be written instead of calls; `.free` text may also stand before them. Nil where a call is demanded.
    package static func toolCalls(
        _ tools: [(name: String, arguments: Constraint)],
        most: Int,
        orAnswer answer: ToolAnswer?
    ) -> Constraint {
        var parts = GrammarParts()
        let call = Language.joined([
            .text(ToolCallText.begin),
            .either(
                tools.map { .joined([.text(ToolCallText.head($0.name)), parts.add($0.arguments.grammar), .text("}")]) }
            ),
            .text(ToolCallText.end),
        ])
        let calls = Language.joined([call, .repeated(.joined([.text("\n"), call]), 0, most - 1)])
        let start: Language =
            switch answer {
            case nil: calls
            case .free: .joined([.without(ToolCallText.marker), .optional(calls)])
            case .constrained(let answer): .either([parts.add(answer.grammar), calls])
            }
        return Constraint(Grammar(start: start, rules: parts.rules))
    }

    package enum ToolAnswer {
        case free
        case constrained(Constraint)
    }
}

extension Language {
    /// Any text that a marker of ASCII characters does not stand in.
    fileprivate static func without(_ marker: String) -> Language {
        .both([
            .except(.joined([.everything, .text(marker), .everything])),
            .star(.scalar(.all)),
        ])
    }
}
