import Common
import Foundation
import HTTPTypes
import Serving
import Testing

/// Requests of editors, reconstructed from their sources as of 2026 (not recorded): what they send must be answered in what they read.
@Suite struct ClientFixtureTests {
    private let server: TestServer

    init() throws { server = try TestServer() }

    @Test func continueFillsByCompletions() async throws {
        let reply = try await server.post(
            "/v1/completions",
            """
            {"model":"mercury-coder","prompt":"def add(a, b):\\n    return","suffix":"<|endoftext|>","max_tokens":150,
             "temperature":0,"presence_penalty":1.5,"frequency_penalty":0,"top_p":1,
             "stop":["<|endoftext|>","\\n\\n","\\n \\n"],"stream":true}
            """,
            headers: [.authorization: "Bearer any", HTTPField.Name("x-api-key")!: "any"]
        )
        #expect(
            reply.status == 200
                && reply.chunks.allSatisfy { $0.text("choices.0.text") != nil || $0.list("choices").isEmpty }
        )
    }

    @Test func continueChatsWithItsOwnKey() async throws {
        let reply = try await server.post(
            "/v1/chat/completions",
            """
            {"model":"mercury-coder","messages":[{"role":"user","content":"Hi"}],"stream":true,"nextEdit":false,
             "stream_options":{"include_usage":true},"max_tokens":8,"max_completion_tokens":8}
            """
        )
        #expect(reply.chunks.contains { $0.integer("usage.completion_tokens") != nil })
    }

    @Test func continueSpeaksToLlamaCpp() async throws {
        let reply = try await server.post(
            "/completion",
            #"{"prompt":"x = ","n_predict":8,"min_p":0.05,"mirostat":0,"stop":["\n"],"stream":true,"top_k":40,"top_p":0.9}"#
        )
        #expect(reply.chunks.allSatisfy { $0.text("content") != nil })
    }

    @Test func zedAsksForTheNextEdit() async throws {
        let content = """
            <|recently_viewed_code_snippets|>\\n\\n<|/recently_viewed_code_snippets|>\\n\\n<|current_file_content|>\\n\
            current_file_path: src/a.py\\nimport os\\n<|code_to_edit|>\\nprint(<|cursor|>os)\\n<|/code_to_edit|>\\n\
            <|/current_file_content|>\\n\\n<|edit_diff_history|>\\n// User accepted prediction:\\n--- src/a.py\\n+++ src/a.py\\n\
            @@ -1,1 +1,1 @@\\n-import sys\\n+import os\\n\\n<|/edit_diff_history|>
            """
        let reply = try await server.post(
            "/v1/edit/completions",
            """
            {"model":"mercury-coder","messages":[{"role":"user","content":"\(content)"}],"stream":false,
             "max_completion_tokens":null,"stop":[],"temperature":null,"tool_choice":null,"parallel_tool_calls":null,"tools":[],
             "prompt_cache_key":null,"reasoning_effort":null}
            """
        )
        let text = try #require(reply.json.text("choices.0.message.content"))
        #expect(text == "None" || text.hasPrefix("```\nprint("))
        #expect(reply.json.text("id")?.hasPrefix("cmpl-") == true)
    }

    @Test func proxyAIAndKiloFillAndEdit() async throws {
        let fill = try await server.post(
            "/v1/fim/completions",
            #"{"model":"mercury-coder","prompt":"x = ","suffix":"\n","stream":false}"#
        )
        #expect(fill.json.text("choices.0.text") != nil)
        let edit = try await server.post(
            "/v1/edit/completions",
            #"{"model":"mercury-edit-2","messages":[{"role":"user","content":"<|code_to_edit|>\nx\n<|/code_to_edit|>"}],"max_tokens":1000}"#
        )
        #expect(edit.json.text("choices.0.message.content") != nil)
    }

    /// minuet fires equal requests side by side and wants different texts.
    @Test func minuetGetsDifferentSamples() async throws {
        let body =
            #"{"model":"mercury","prompt":"import ","suffix":"\n","stream":true,"temperature":1.8,"max_tokens":24}"#
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    try await server.post("/v1/fim/completions", body).chunks.compactMap { $0.text("choices.0.text") }
                        .joined()
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(texts.count > 1)
    }

    private static let llamaVim = """
        "id_slot":0,"input_prefix":"import os\\n\\n","input_suffix":"\\nprint(f(1))\\n","prompt":"def f(a): ",
        "input_extra":[{"filename":"b.py","text":"x = 1\\n","time":12}],"stop":[],"n_indent":0,"top_k":40,"top_p":0.9,
        "samplers":["top_k","top_p","infill"],"cache_prompt":true,"t_max_prompt_ms":500,"t_max_predict_ms":1000,"stream":false
        """

    @Test func llamaVimFills() async throws {
        let fields = """
            ["content","timings/prompt_n","timings/prompt_ms","timings/prompt_per_token_ms","timings/prompt_per_second",
             "timings/predicted_n","timings/predicted_ms","timings/predicted_per_token_ms","timings/predicted_per_second",
             "truncated","tokens_cached"]
            """
        let reply = try await server.post(
            "/infill",
            "{\(Self.llamaVim),\"n_predict\":16,\"response_fields\":\(fields)}"
        )
        #expect(reply.text.hasPrefix("{") && reply.text.contains("\"content\":"))
        #expect(reply.json.text("content") != nil && reply.json.at("tokens_cached") != nil)
        guard case .object(let members) = reply.json else { return #expect(Bool(false)) }
        #expect(members.map(\.key).contains("timings/predicted_per_second") && members.count == 11)
    }

    @Test func llamaVimWarmsTheCache() async throws {
        let reply = try await server.post("/infill", "{\(Self.llamaVim),\"n_predict\":0,\"response_fields\":[\"\"]}")
        #expect(reply.status == 200 && reply.text == "{}")
    }

    @Test func copilotReadsTheModels() async throws {
        #expect(try await server.get("/v1/chat/completions/models").json.list("data").count == 1)
    }
}
