import Common
import Foundation
import Serving
import Testing

@Suite struct OtherDialectTests {
    private let server: TestServer
    private static let tool = """
        {"name":"add","description":"Add.","parameters":{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],
        "additionalProperties":false}}
        """

    init() throws { server = try TestServer() }

    @Test func anthropicEventsComeInOrder() async throws {
        let body =
            #"{"model":"m","max_tokens":20,"temperature":0,"system":"Be brief.","messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]"#
        let whole = try await server.post("/v1/messages", body + "}").json
        #expect(whole.text("type") == "message" && whole.text("role") == "assistant")
        #expect(["end_turn", "max_tokens"].contains(whole.text("stop_reason")))
        let stream = try await server.post("/v1/messages", body + #","stream":true}"#)
        var names = stream.events.compactMap(\.name)
        #expect(names.starts(with: ["message_start", "ping", "content_block_start"]))
        #expect(names.suffix(3) == ["content_block_stop", "message_delta", "message_stop"])
        names.removeFirst(3)
        #expect(names.dropLast(3).allSatisfy { $0 == "content_block_delta" })
        let events = try stream.events.map { try JSONValue(json: $0.data) }
        #expect(zip(events, stream.events).allSatisfy { $0.text("type") == $1.name })
        #expect(events.compactMap { $0.text("delta.text") }.joined() == whole.text("content.0.text"))
        let delta = events[events.count - 2]
        #expect(delta.text("delta.stop_reason") == whole.text("stop_reason"))
        #expect(delta.integer("usage.output_tokens") == whole.integer("usage.output_tokens"))
    }

    @Test func anthropicToolsAreCalled() async throws {
        let tool = Self.tool.replacing("parameters", with: "input_schema")
        let body = """
            {"model":"m","max_tokens":60,"messages":[{"role":"user","content":"Hi"}],"tools":[\(tool)],
             "tool_choice":{"type":"any","disable_parallel_tool_use":true}
            """
        let whole = try await server.post("/v1/messages", body + "}").json
        #expect(whole.text("stop_reason") == "tool_use" && whole.text("content.0.name") == "add")
        #expect(whole.integer("content.0.input.a") != nil)
        let stream = try await server.post("/v1/messages", body + #","stream":true}"#)
        let parts = try stream.events.compactMap { try JSONValue(json: $0.data).text("delta.partial_json") }
        #expect(try JSONValue(json: parts.joined()).integer("a") != nil)
        let answered = """
            {"model":"m","max_tokens":4,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"add",
             "input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"2"}]}]}
            """
        #expect(try await server.post("/v1/messages", answered).status == 200)
        #expect(try await server.post("/v1/messages/count_tokens", answered).json.integer("input_tokens") ?? 0 > 0)
    }

    @Test func responsesAreNumbered() async throws {
        let body = #"{"model":"m","input":"Hi","instructions":"Be brief.","max_output_tokens":16,"temperature":0"#
        let whole = try await server.post("/v1/responses", body + "}").json
        #expect(whole.text("object") == "response" && whole.text("output.0.type") == "message")
        let stream = try await server.post("/v1/responses", body + #","stream":true}"#)
        let events = try stream.events.map { try JSONValue(json: $0.data) }
        #expect(events.enumerated().allSatisfy { $1.integer("sequence_number") == $0 })
        #expect(zip(events, stream.events).allSatisfy { $0.text("type") == $1.name })
        let text = events.filter { $0.text("type") == "response.output_text.delta" }.compactMap { $0.text("delta") }
            .joined()
        #expect(text == whole.text("output.0.content.0.text"))
        let done = events.first { $0.text("type") == "response.output_text.done" }
        #expect(done?.text("text") == text)
        #expect(events.last?.text("response.output.0.content.0.text") == text)
        #expect(events.last?.text("type") == "response.\(whole.text("status") ?? "")")
        let items = """
            [{"role":"user","content":[{"type":"input_text","text":"Hi"}]},
             {"type":"function_call","call_id":"c","name":"add","arguments":"{}"},
             {"type":"function_call_output","call_id":"c","output":"3"}]
            """
        let tools = #"[{"type":"function",\#(Self.tool.dropFirst())]"#
        let called = try await server.post(
            "/v1/responses",
            #"{"input":\#(items),"tools":\#(tools),"tool_choice":"required","max_output_tokens":60}"#
        )
        #expect(called.json.text("output.0.type") == "function_call" && called.json.text("output.0.name") == "add")
    }

    @Test func ollamaStreamsLines() async throws {
        let options = #""options":{"num_predict":12,"temperature":0}"#
        let whole = try await server.post(
            "/api/generate",
            #"{"model":"x","prompt":"def f(a):","stream":false,\#(options)}"#
        ).json
        #expect(whole.at("done") == .boolean(true) && whole.text("model") == "x")
        let stream = try await server.post("/api/generate", #"{"model":"x","prompt":"def f(a):",\#(options)}"#)
        let lines = try stream.text.split(separator: "\n").map { try JSONValue(json: String($0)) }
        #expect(lines.compactMap { $0.text("response") }.joined() == whole.text("response"))
        #expect(lines.last?.integer("eval_count") == whole.integer("eval_count"))
        #expect(lines.dropLast().allSatisfy { $0.at("done") == .boolean(false) })
        let tools = #"[{"type":"function","function":\#(Self.tool)}]"#
        let chat = try await server.post(
            "/api/chat",
            #"{"messages":[{"role":"user","content":"Hi"}],"tools":\#(tools),"tool_choice":"required","options":{"num_predict":60}}"#
        )
        let called = try chat.text.split(separator: "\n").map { try JSONValue(json: String($0)) }
        #expect(called.contains { $0.integer("message.tool_calls.0.function.arguments.a") != nil })
        #expect(try await server.post("/api/generate", #"{"model":"x"}"#).text.contains(#""done_reason":"load""#))
        #expect(try await server.get("/api/tags").json.text("models.0.name") == "cinnabar")
        #expect(try await server.get("/api/version").json.text("version") != nil)
        #expect(try await server.post("/api/show", "{}").json.list("capabilities").contains("insert"))
        #expect(try await server.post("/api/generate", "{").json.text("error") != nil)
    }

    @Test func llamaCppAnswersWithTimings() async throws {
        let whole = try await server.post("/completion", #"{"prompt":"x = ","n_predict":6,"temperature":0}"#).json
        #expect(whole.at("stop") == .boolean(true) && whole.integer("tokens_predicted") ?? 99 <= 6)
        let stream = try await server.post(
            "/completion",
            #"{"prompt":"x = ","n_predict":6,"temperature":0,"stream":true,"min_p":0.1,"mirostat":0}"#
        )
        #expect(stream.chunks.compactMap { $0.text("content") }.joined() == whole.text("content"))
        #expect(try await server.get("/props").json.integer("default_generation_settings.n_ctx") ?? 0 > 0)
        let tokens = try await server.post("/tokenize", #"{"content":"x = 1\n"}"#).json.at("tokens") ?? .null
        #expect(try await server.post("/detokenize", #"{"tokens":\#(tokens.json)}"#).json.text("content") == "x = 1\n")
    }
}
