import Common
import Foundation
import TestSupport
import Testing
import Tokenizers

/// Texts of Jinja2 itself: many small templates and chat templates in the manner of well-known models; see
/// `Fixtures/make_jinja.py`.
@Suite struct ChatTemplateTests {
    struct Case {
        var template: String
        var variables: [String: TemplateValue]
        /// Nil where Jinja2 fails.
        var text: String?
    }

    static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    static func cases() throws -> [Case] {
        var rows = try lines(of: fixtures.appendingPathComponent("jinja.jsonl"))
        let shared = variables(rows.removeFirst()["shared"])
        return try rows.map { row in
            let template =
                try row["template"]?.text
                ?? String(
                    contentsOf: fixtures.appendingPathComponent("jinja/\(row["file"]?.text ?? "")"),
                    encoding: .utf8
                )
            let own = row["variables"].map { variables($0) }
            return Case(template: template, variables: own ?? shared, text: row["text"]?.text)
        }
    }

    static func lines(of url: URL) throws -> [TemplateValue] {
        try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { try JSONValue(json: String($0)) }
    }

    static func variables(_ value: TemplateValue?) -> [String: TemplateValue] {
        guard case .object(let members)? = value else { return [:] }
        return Dictionary(members.map { ($0.key, $0.value) }) { $1 }
    }

    /// What the fixtures take for the present.
    static func now() throws -> Date {
        let parts = DateComponents(year: 2027, month: 3, day: 4, hour: 5, minute: 6, second: 7)
        return try #require(Calendar(identifier: .gregorian).date(from: parts))
    }

    @Test func textsEqualThoseOfJinja() throws {
        let cases = try Self.cases()
        let now = try Self.now()
        #expect(cases.count > 400 && cases.count { $0.text == nil } > 100)
        for test in cases {
            do {
                let text = try ChatTemplate(source: test.template).render(test.variables, now: now)
                // By code points: strings are also equal where they only look alike.
                #expect(test.text.map { Array($0.utf8) } == Array(text.utf8), "\(test.template)\ngave \(text)")
            } catch {
                #expect(test.text == nil && error is CinnabarError, "\(test.template)\ngave \(error)")
            }
        }
    }

    @Test(.enabled(if: SharedData.folder != nil, "no shared test data"), arguments: ["qwen2", "llama3", "llada2"])
    func conversationsEqualThoseOfTransformers(_ name: String) throws {
        let folder = try SharedData.file("fixtures/parity/tokenizers/\(name)")
        let templates = try ChatTemplates(folder: folder)
        let rows = try Self.lines(of: folder.appendingPathComponent("chat.jsonl"))
        #expect(rows.count >= 8)
        for row in rows {
            func render() throws -> String {
                guard case .array(let messages)? = row["messages"] else { return "" }
                var tools: [TemplateValue]?
                if case .array(let list)? = row["tools"] { tools = list }
                return try templates.render(
                    messages: messages,
                    tools: tools,
                    addGenerationPrompt: row["add_generation_prompt"] == .boolean(true),
                    extra: Self.variables(row["extra"])
                )
            }
            let label = row["name"]?.text ?? ""
            if let reason = row["error"]?.text {
                let error = #expect(throws: CinnabarError.self, "\(label)") { try render() }
                #expect(error?.code == .invalidArgument && error?.message.hasSuffix(": \(reason)") == true)
            } else {
                #expect(try Array(render().utf8) == row["rendered"]?.text.map { Array($0.utf8) }, "\(label)")
            }
        }
    }

    @Test func errorsNameTheLineAndTheText() throws {
        let parsing = #expect(throws: CinnabarError.self) { try ChatTemplate(source: "a\nb\n  {{ x ) }}\n") }
        #expect(parsing?.message == "line 3 of the chat template: unexpected ')'")
        #expect(parsing?.hint?.hasSuffix("{{ x ) }}") == true)
        let template = try ChatTemplate(
            source: "{% for m in messages %}\n{% if m.a %}\n\n{{ m.a.b.c }}{% endif %}{% endfor %}"
        )
        let rendering = #expect(throws: CinnabarError.self) {
            try template.render(messages: [.object([.init(key: "a", value: .integer(1))])], addGenerationPrompt: false)
        }
        #expect(rendering?.message == "line 4 of the chat template: 'int object' has no attribute 'b'")
        #expect(rendering?.code == .malformed)
    }

    @Test func variablesHaveTransformersNames() throws {
        let source =
            "{{ messages }}{{ tools }}{{ documents }}{{ add_generation_prompt }}{{ bos_token }}{{ eos_token is defined }}{{ x }}"
        let template = try ChatTemplate(source: source)
        #expect(
            try template.render(messages: [], addGenerationPrompt: true, bosToken: "<s>", extra: ["x": .number(1)])
                == "[]NoneNoneTrue<s>False1.0"
        )
        #expect(
            try template.render(
                messages: [.null],
                tools: [],
                addGenerationPrompt: false,
                eosToken: "",
                extra: ["documents": .integer(1)]
            ) == "[None][]1FalseTrue"
        )
    }
}
