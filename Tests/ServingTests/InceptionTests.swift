import Common
import Foundation
import Serving
import Testing

@Suite struct InceptionTests {
    private let server: TestServer

    init() throws { server = try TestServer() }

    /// Inception's clients read `text`, Mistral's `message` and `delta`.
    @Test func fillingHasBothForms() async throws {
        let body = #"{"model":"mercury-edit-2","prompt":"def area(w, h):\n    ","suffix":"\n\nprint(area(2, 3))\n""#
        let reply = try await server.post("/v1/fim/completions", body + "}")
        let json = reply.json
        #expect(json.text("object") == "text_completion" && json.text("id")?.hasPrefix("cmpl-") == true)
        let text = try #require(json.text("choices.0.text"))
        #expect(json.text("choices.0.message.content") == text)
        #expect(!text.contains("\n\n"), "a blank line ends the text unless stop is given")
        let stream = try await server.post("/v1/fim/completions", body + #","stream":true}"#)
        #expect(stream.chunks.compactMap { $0.text("choices.0.text") }.joined() == text)
        #expect(stream.chunks.compactMap { $0.text("choices.0.delta.content") }.joined() == text)
    }

    @Test func anEndMarkerIsAnEmptySuffix() async throws {
        func fill(_ suffix: String) async throws -> String? {
            try await server.post("/v1/completions", #"{"prompt":"x = [1, ","suffix":"\#(suffix)","max_tokens":8}"#)
                .json.text("choices.0.text")
        }
        #expect(try await fill("<|endoftext|>") == fill(""))
    }

    private static let region = "def greet(name):\\n    print(\\\"hi\\\")"
    private static let edit = """
        <|recently_viewed_code_snippets|>\\n<|/recently_viewed_code_snippets|>\\n<|current_file_content|>\\n\
        current_file_path: a.py\\nimport os\\n<|code_to_edit|>\\n\(region)<|cursor|>\\n<|/code_to_edit|>\\ngreet(1)\\n\
        <|/current_file_content|>\\n<|edit_diff_history|>\\n<|/edit_diff_history|>
        """

    @Test(arguments: [0, 1, 40]) func anEditIsARegionBetweenFences(limit: Int) async throws {
        let body =
            #"{"model":"mercury-coder","messages":[{"role":"user","content":"\#(Self.edit)"}],"max_tokens":\#(limit)"#
        let reply = try await server.post("/v1/edit/completions", body + "}")
        #expect(reply.json.text("object") == "edit.completion" && reply.json.text("id")?.hasPrefix("cmpl-") == true)
        let content = try #require(reply.json.text("choices.0.message.content"))
        guard limit > 0 else { return }
        #expect(content == "None" || (content.hasPrefix("```\ndef greet(name):\n") && content.hasSuffix("\n```")))
    }

    /// Continue sends a system message, a stream, stop texts and penalties.
    @Test func anEditTakesWhatContinueSends() async throws {
        let reply = try await server.post(
            "/v1/edit/completions",
            """
            {"model":"mercury-edit-2","messages":[{"role":"system","content":"You edit."},
             {"role":"user","content":"\(Self.edit)"}],"stream":true,"stop":["<|/code_to_edit|>"],"presence_penalty":1,
             "frequency_penalty":0,"temperature":0,"max_tokens":40}
            """
        )
        let text = reply.chunks.compactMap { $0.text("choices.0.delta.content") }.joined()
        #expect(text == "None" || (text.hasPrefix("```\n") && text.hasSuffix("\n```")))
        #expect(reply.events.last?.data == "[DONE]")
    }

    @Test func applyAnswersWithAMessage() async throws {
        let prompt = #"<|original_code|>\nx = 1\n<|/original_code|>\n\n<|update_snippet|>\nx = 2\n<|/update_snippet|>"#
        let reply = try await server.post(
            "/v1/apply/completions",
            #"{"model":"mercury-coder","messages":[{"role":"user","content":"\#(prompt)"}],"stream":false,"diffusing":false}"#
        )
        #expect(reply.status == 200 && reply.json.text("choices.0.message.content") != nil)
    }

    @Test(arguments: ["/v1/decisions", "/v1/systemone"]) func decisionsAreProbabilities(path: String) async throws {
        let reply = try await server.post(
            path,
            """
            {"model":"mercury-decide","state":{"message":"import os"},"questions":{
             "python":{"type":"noul","instructions":"Is it Python?"},
             "kind":{"type":"choice","criteria":{"code":"a program","prose":null,"data":"numbers"}},
             "length":{"type":"score","criteria":["short","long","endless"]}}}
            """
        )
        let json = reply.json
        func probability(_ path: String) -> Double {
            if case .number(let value)? = json.at(path) { value } else { .nan }
        }
        #expect((0...1).contains(probability("answers.python.noul")))
        let kinds = ["code", "prose", "data"].map { probability("answers.kind.probabilities.\($0)") }
        #expect(abs(kinds.reduce(0, +) - 1) < 1e-9)
        #expect(probability("answers.kind.confidence") == kinds.max())
        let levels = (0..<3).map { probability("answers.length.probabilities.\($0)") }
        #expect(abs(probability("answers.length.score") - (levels[1] + 2 * levels[2])) < 1e-9)
        #expect(json.text("answers.length.legend.2") == "endless")
        #expect(json.integer("usage.input_tokens") ?? 0 > 0)
    }

    @Test func feedbackIsTaken() async throws {
        let body = #"{"request_id":"cmpl-1","provider_name":"zed","user_action":"accept","provider_version":"1"}"#
        #expect(try await server.post("/feedback", body).status == 200)
    }
}
