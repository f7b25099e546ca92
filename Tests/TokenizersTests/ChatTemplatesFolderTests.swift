import Common
import Foundation
import Testing
import Tokenizers

@Suite struct ChatTemplatesFolderTests {
    /// A folder with these files, taken away afterwards.
    private func withFolder(_ files: [String: String], _ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("chat-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }
        try body(folder)
    }

    private func render(_ folder: URL, tools: [TemplateValue]? = nil) throws -> String {
        try ChatTemplates(folder: folder).render(messages: [], tools: tools, addGenerationPrompt: false)
    }

    @Test func aTextWithItsTokens() throws {
        let config =
            #"{"chat_template": "{{ bos_token }}|{{ eos_token }}", "bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false}}"#
        try withFolder(["tokenizer_config.json": config]) { try #expect(render($0) == "<s>|</s>") }
    }

    @Test func aListOfNamedOnes() throws {
        let config =
            #"{"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "tools {{ tools }}"}]}"#
        try withFolder(["tokenizer_config.json": config]) { folder in
            try #expect(render(folder) == "plain")
            try #expect(render(folder, tools: [.integer(1)]) == "tools [1]")
        }
        try withFolder(["tokenizer_config.json": config, "chat_template.jinja": "file\n"]) {
            try #expect(render($0) == "file")
        }
    }

    @Test func theFileWins() throws {
        let config = #"{"chat_template": "config", "bos_token": null}"#
        try withFolder(["tokenizer_config.json": config, "chat_template.jinja": "{{ bos_token is defined }}"]) {
            try #expect(render($0) == "False")
        }
        try withFolder(["chat_template.jinja": "alone"]) { try #expect(render($0) == "alone") }
    }

    @Test func absenceAndDamageAreNamed() throws {
        func code(_ files: [String: String]) throws -> CinnabarError.Code? {
            var code: CinnabarError.Code?
            try withFolder(files) { folder in
                code = #expect(throws: CinnabarError.self) { try render(folder) }?.code
            }
            return code
        }
        #expect(try code([:]) == .file)
        #expect(try code(["tokenizer_config.json": "{}"]) == .file)
        #expect(try code(["tokenizer_config.json": "{"]) == .malformed)
        #expect(try code(["tokenizer_config.json": #"{"chat_template": [{"name": "default"}]}"#]) == .malformed)
        #expect(
            try code(["tokenizer_config.json": #"{"chat_template": [{"name": "rag", "template": ""}]}"#])
                == .unsupported
        )
        #expect(try code(["chat_template.jinja": "{{"]) == .malformed)
    }
}
