import Common
import Foundation
import HTTPTypes
import Serving
import Testing

@Suite struct OpenAITests {
    private let server: TestServer

    init() throws { server = try TestServer() }

    private func chat(_ members: String, messages: String = #"[{"role":"user","content":"Add two numbers."}]"#)
        async throws
        -> TestServer.Reply
    {
        try await server.post("/v1/chat/completions", #"{"model":"m","messages":\#(messages),\#(members)}"#)
    }

    @Test func chatAnswers() async throws {
        let reply = try await chat(#""max_tokens":12"#)
        #expect(reply.status == 200)
        let json = reply.json
        #expect(json.text("object") == "chat.completion" && json.text("id")?.hasPrefix("chatcmpl-") == true)
        #expect(json.text("choices.0.message.role") == "assistant")
        #expect(["stop", "length"].contains(json.text("choices.0.finish_reason")))
        let (prompt, output) = (json.integer("usage.prompt_tokens") ?? 0, json.integer("usage.completion_tokens") ?? -1)
        #expect(prompt > 0 && (0...12).contains(output))
        #expect(json.integer("usage.total_tokens") == prompt + output)
        #expect(json.integer("usage.prompt_tokens_details.cached_tokens") == json.integer("usage.cached_input_tokens"))
        #expect(json.integer("usage.completion_tokens_details.reasoning_tokens") == 0)
    }

    /// The same request streamed is the same text, in pieces that are only ever appended.
    @Test(arguments: [0, 0.9]) func streamsWhatItAnswers(temperature: Double) async throws {
        let members = #""max_tokens":60,"seed":11,"temperature":\#(temperature)"#
        let whole = try await chat(members)
        let stream = try await chat(members + #","stream":true,"stream_options":{"include_usage":true}"#)
        #expect(stream.headers[.contentType]?.hasPrefix("text/event-stream") == true)
        #expect(stream.events.last?.data == "[DONE]")
        let chunks = stream.chunks
        let text = chunks.compactMap { $0.text("choices.0.delta.content") }.joined()
        #expect(text == whole.json.text("choices.0.message.content"))
        #expect(chunks.first?.text("choices.0.delta.role") == "assistant")
        #expect(chunks.allSatisfy { $0.text("object") == "chat.completion.chunk" })
        let last = chunks.last
        #expect(last?.list("choices").isEmpty == true)
        #expect(last?.integer("usage.completion_tokens") == whole.json.integer("usage.completion_tokens"))
        let finishes = chunks.compactMap { $0.text("choices.0.finish_reason") }
        #expect(finishes == [whole.json.text("choices.0.finish_reason")])
    }

    @Test func diffusingReplacesAndEndsWithTheText() async throws {
        let members = #""max_tokens":40,"temperature":0"#
        let whole = try await chat(members).json.text("choices.0.message.content")
        let stream = try await chat(members + #","stream":true,"diffusing":true"#)
        let states = stream.chunks.compactMap { $0.text("choices.0.delta.content") }.filter { !$0.isEmpty }
        #expect(states.last ?? "" == whole)
        #expect(stream.chunks.compactMap { $0.text("choices.0.finish_reason") }.count == 1)
        // Without a stream it is only a wish.
        #expect(try await chat(members + #","diffusing":true"#).json.text("choices.0.message.content") == whole)
    }

    /// Clients that pass over named events read the plain stream; the events tell masks, confidence and forwards.
    @Test func canvasEventsStandBesideTheText() async throws {
        let members = #""max_tokens":40,"temperature":0,"mode":"quality""#
        let whole = try await chat(members).json.text("choices.0.message.content")
        let stream = try await chat(members + #","stream":true,"stream_options":{"include_canvas":true}"#)
        #expect(stream.chunks.compactMap { $0.text("choices.0.delta.content") }.joined() == whole)
        let canvases = try stream.events.filter { $0.name == "cinnabar.canvas" }.map { try JSONValue(json: $0.data) }
        #expect(!canvases.isEmpty)
        var forwards = 0
        for canvas in canvases {
            #expect(canvas.list("choices").isEmpty && canvas.at("choices") != nil)
            let cells = canvas.list("canvas.cells")
            #expect(canvas.integer("canvas.masks") == cells.count { $0.text("status") == "masked" })
            #expect(canvas.integer("canvas.forwards") ?? 0 >= forwards)
            forwards = canvas.integer("canvas.forwards") ?? 0
            #expect(canvas.text("canvas.provisional") == cells.compactMap { $0.text("text") }.joined())
        }
    }

    @Test func anyRoleInAnyOrderIsRead() async throws {
        let messages = """
            [{"role":"developer","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"a"},"b"]},
             {"role":"user","content":null},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function",
             "function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"2"},{"role":"system"}]
            """
        #expect(try await chat(#""max_tokens":2"#, messages: messages).status == 200)
    }

    @Test func streamedScoresAreThoseOfTheWhole() async throws {
        let members = #""max_tokens":40,"seed":3,"temperature":0.9,"logprobs":true,"top_logprobs":2"#
        let whole = try await chat(members).json
        let chunks = try await chat(members + #","stream":true"#).chunks
        let scores = chunks.map { $0.list("choices.0.logprobs.content") }
        #expect(scores.contains { !$0.isEmpty })
        #expect(scores.flatMap(\.self) == whole.list("choices.0.logprobs.content"))
        // A token comes with the chunk that completes it, however many chunks a reader's pace makes.
        var told: [UInt8] = []
        var scored: [UInt8] = []
        for (chunk, scores) in zip(chunks, scores) {
            told += Array((chunk.text("choices.0.delta.content") ?? "").utf8)
            scored += scores.flatMap { $0.list("bytes") }.compactMap { $0.integer("").map(UInt8.init) }
            let isLast = chunk.text("choices.0.finish_reason") != nil
            #expect(isLast || told.starts(with: scored) && told.count < scored.count + 16)
        }
        let prompt = #"{"prompt":"import os\nimport sys\n","echo":true,"logprobs":1,"max_tokens":12,"temperature":0"#
        let echo = try await server.post("/v1/completions", prompt + "}").json
        let stream = try await server.post("/v1/completions", prompt + #","stream":true}"#).chunks
        for key in ["tokens", "token_logprobs", "text_offset"] {
            let parts = stream.flatMap { $0.list("choices.0.logprobs.\(key)") }
            #expect(parts == echo.list("choices.0.logprobs.\(key)"), "\(key)")
        }
    }

    @Test("how masks become tokens is read, applied and refused by name")
    func unmasking() async throws {
        func reply(_ options: String) async throws -> TestServer.Reply {
            try await chat(#""max_tokens":16,"mode":"quality","temperature":0,"# + options)
        }
        let plain = try await reply(#""seed":1"#).json
        let eager = try await reply(#""threshold":0.01,"seed":1"#).json
        #expect(plain.at("warning") == nil && eager.at("warning") == nil)
        #expect(
            try await reply(#""unmasking":{"threshold":0.01},"seed":1"#).json.text("choices.0.message.content")
                == eager.text("choices.0.message.content")
        )
        for bad in [
            #""unmasking":{"rule":"best"}"#, #""unmasking":{"steps":0}"#, #""steps":"many""#,
            #""unmasking":{"steps":4}"#,
        ] {
            #expect(try await reply(bad).status == 400, "\(bad)")
        }
    }

    @Test func samplingIsApplied() async throws {
        func text(_ options: String) async throws -> String {
            let reply = try await chat(#""max_tokens":24,"mode":"autoregressive","seed":7,"# + options).json
            #expect(reply.at("warning") == nil)
            return reply.text("choices.0.message.content") ?? ""
        }
        let best = try await text(#""temperature":0"#)
        let drawn = try await text(#""temperature":1.5"#)
        #expect(best != drawn)
        for narrow in [#""top_k":1"#, #""top_p":0"#, #""min_p":1"#] {
            #expect(try await text(#""temperature":1.5,"# + narrow) == best, "\(narrow)")
        }
        for neutral in [
            #""top_k":0"#, #""top_k":-1"#, #""top_p":1"#,
            #""min_p":0,"presence_penalty":0,"repetition_penalty":0,"logit_bias":{}"#,
        ] {
            #expect(try await text(#""temperature":1.5,"# + neutral) == drawn, "\(neutral)")
        }
        // A token that is made certain, in both forms, and one that is not there.
        let token = try #require(await server.post("/tokenize", #"{"content":"x"}"#).json.integer("tokens.0"))
        let certain = try await text(#""temperature":0,"logit_bias":{"\#(token)":100}"#)
        #expect(certain == String(repeating: "x", count: 24))
        #expect(try await text(#""temperature":0,"logit_bias":[[\#(token),100]]"#) == certain)
        for bad in [#"{"1000000":1}"#, #"{"a":1}"#, #"{"5":101}"#, "[[5]]", "3"] {
            #expect(try await chat(#""max_tokens":2,"logit_bias":"# + bad).status == 400, "\(bad)")
        }
        #expect(try await chat(#""max_tokens":2,"top_p":1.5"#).status == 400)
    }

    @Test func ignoredKeysAreNamed() async throws {
        let reply = try await chat(
            #""max_tokens":2,"nextEdit":true,"top_p":0.5,"mirostat":2,"id_slot":3,"seed":null"#
        )
        let warning = reply.json.text("warning") ?? ""
        #expect(warning.contains("nextEdit") && warning.contains("id_slot") && warning.contains("mirostat"))
        #expect(!warning.contains("seed") && !warning.contains("top_p"))
        #expect(try await chat(#""max_tokens":2,"user":"u","store":true,"top_p":1"#).json.at("warning") == nil)
    }

    @Test func severalChoicesDiffer() async throws {
        let reply = try await chat(#""max_tokens":24,"n":4,"temperature":1.5,"seed":5"#)
        let texts = reply.json.list("choices").compactMap { $0.text("message.content") }
        #expect(texts.count == 4 && Set(texts).count > 1)
        let alone = try await chat(#""max_tokens":24,"temperature":1.5,"seed":5"#)
        #expect(alone.json.text("choices.0.message.content") == texts[0], "the first one has the seed itself")
        let streamed = try await chat(#""max_tokens":24,"n":4,"temperature":1.5,"seed":5,"stream":true"#)
        for index in 0..<4 {
            let parts = streamed.chunks.flatMap { $0.list("choices") }.filter { $0.integer("index") == index }
            #expect(parts.compactMap { $0.text("delta.content") }.joined() == texts[index])
        }
    }

    @Test func completionsEchoAndScore() async throws {
        let reply = try await server.post(
            "/v1/completions",
            #"{"prompt":"import os\nimport sys\n","echo":true,"logprobs":2,"max_tokens":1,"temperature":0}"#
        )
        let choice = try #require(reply.json.list("choices").first)
        let text = try #require(choice.text("text"))
        #expect(text.hasPrefix("import os\nimport sys\n"))
        let tokens = choice.list("logprobs.tokens").compactMap(\.text)
        #expect(tokens.joined() == text)
        #expect(choice.list("logprobs.token_logprobs").count == tokens.count)
        #expect(choice.list("logprobs.text_offset").count == tokens.count)
    }

    @Test func completionsTakeListsAndTokens() async throws {
        let two = try await server.post("/v1/completions", #"{"prompt":["a = ","b = "],"n":2,"max_tokens":2}"#)
        #expect(two.json.list("choices").compactMap { $0.integer("index") } == [0, 1, 2, 3])
        let tokens = try await server.post("/tokenize", #"{"content":"def f(x):\n"}"#).json.at("tokens") ?? .null
        let byTokens = try await server.post("/v1/completions", #"{"prompt":\#(tokens.json),"max_tokens":8}"#)
        let byText = try await server.post("/v1/completions", #"{"prompt":"def f(x):\n","max_tokens":8}"#)
        #expect(byTokens.json.text("choices.0.text") == byText.json.text("choices.0.text"))
    }

    @Test func textEndsBeforeAStop() async throws {
        let body = #"{"prompt":"x = 1\ny = 2\n","max_tokens":60,"temperature":0"#
        let free = try #require(try await server.post("/v1/completions", body + "}").json.text("choices.0.text"))
        let stop = try #require(free.dropFirst(2).first.map(String.init))
        let stopJSON = JSONValue.string(stop).json
        let reply = try await server.post("/v1/completions", body + #","stop":[\#(stopJSON)]}"#)
        let text = try #require(reply.json.text("choices.0.text"))
        #expect(free.hasPrefix(text) && !text.contains(stop))
        #expect(reply.json.text("choices.0.finish_reason") == "stop")
        let stream = try await server.post("/v1/completions", body + #","stop":\#(stopJSON),"stream":true}"#)
        #expect(stream.chunks.compactMap { $0.text("choices.0.text") }.joined() == text)
    }

    @Test func modelsAreListed() async throws {
        for path in [
            "/v1/models", "/v1/chat/completions/models", "/v1/fim/completions/models", "/v1/edit/completions/models",
        ] {
            let json = try await server.get(path).json
            #expect(json.text("object") == "list" && json.text("data.0.id") == "cinnabar")
            #expect(json.integer("data.0.context_length") == json.integer("data.0.max_model_len"))
        }
        #expect(try await server.get("/v1/models/cinnabar").json.text("object") == "model")
        let missing = try await server.get("/v1/models/gpt-4")
        #expect(missing.status == 404 && missing.json.text("error.code") == "model_not_found")
    }

    @Test func aPromptBeyondTheContextIsRefused() async throws {
        let long = String(repeating: "x = 1\\n", count: 3000)
        let reply = try await chat(#""max_tokens":1"#, messages: #"[{"role":"user","content":"\#(long)"}]"#)
        #expect(reply.status == 400 && reply.json.text("error.code") == "context_length_exceeded")
        let trimming = try TestServer { $0.trimConversations = true }
        let trimmed = try await trimming.post(
            "/v1/chat/completions",
            #"{"messages":[{"role":"user","content":"\#(long)"},{"role":"user","content":"And?"}],"max_tokens":4}"#
        )
        #expect(trimmed.status == 200)
    }

    @Test func anotherModelIsRefusedOnlyWhereThatIsSet() async throws {
        let strict = try TestServer { $0.strictModel = true }
        let body = #"{"model":"gpt-4","prompt":"x","max_tokens":1}"#
        #expect(try await strict.post("/v1/completions", body).status == 404)
        #expect(try await server.post("/v1/completions", body).status == 200)
    }
}
