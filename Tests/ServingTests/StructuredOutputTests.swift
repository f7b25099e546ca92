import Common
import Foundation
import Serving
import Testing

@Suite struct StructuredOutputTests {
    private let server: TestServer
    private static let schema = """
        {"type":"object","properties":{"name":{"type":"string","maxLength":8},"age":{"type":"integer","minimum":0,"maximum":99},
        "tags":{"type":"array","items":{"enum":["a","b"]},"maxItems":2}},"required":["name","age","tags"],
        "additionalProperties":false}
        """

    init() throws { server = try TestServer() }

    private func chat(_ members: String) async throws -> TestServer.Reply {
        try await server.post(
            "/v1/chat/completions",
            #"{"messages":[{"role":"user","content":"A person."}],\#(members)}"#
        )
    }

    /// A reply that claims to be JSON is valid; a limit below the shortest valid text is refused and names what is needed.
    @Test(arguments: [1, 3, 7, 16, 17, 20, 60], ["speed", "quality"])
    func jsonIsValidAtAnyLimit(limit: Int, mode: String) async throws {
        let format = #"{"type":"json_schema","json_schema":{"name":"p","strict":true,"schema":\#(Self.schema)}}"#
        func members(_ limit: Int) -> String {
            #""max_tokens":\#(limit),"temperature":0.7,"seed":\#(limit),"mode":"\#(mode)","response_format":\#(format)"#
        }
        var (limit, reply) = (limit, try await chat(members(limit)))
        if reply.status == 400 {
            let message = try #require(reply.json.text("error.message"))
            limit = try #require(message.firstMatch(of: /(\d+) are needed/).flatMap { Int($0.1) })
            reply = try await chat(members(limit))
        }
        let text = try #require(reply.json.text("choices.0.message.content"), "\(reply.text)")
        #expect(reply.json.integer("usage.completion_tokens") ?? .max <= limit)
        let value = try JSONValue(json: text)
        #expect(value["name"]?.text != nil && value.integer("age") != nil && value["tags"] != nil, "\(text)")
        #expect(reply.json.text("choices.0.finish_reason") == "stop")
        let stream = try await chat(members(limit) + #","stream":true"#)
        #expect(stream.chunks.compactMap { $0.text("choices.0.delta.content") }.joined() == text)
        let any = try await chat(#""max_tokens":\#(limit),"mode":"\#(mode)","response_format":{"type":"json_object"}"#)
        let object = try JSONValue(json: try #require(any.json.text("choices.0.message.content")))
        if case .object = object {} else { Issue.record("\(object)") }
    }

    @Test func propertiesComeInTheOrderOfTheSchema() async throws {
        let schema =
            #"{"type":"object","properties":{"z":{"const":1},"a":{"const":2},"m":{"const":3}},"required":["z","a","m"]}"#
        let closed = String(schema.dropLast()) + #","additionalProperties":false}"#
        let reply = try await chat(
            #""max_tokens":40,"response_format":{"type":"json_schema","json_schema":{"name":"o","schema":\#(closed)}}"#
        )
        #expect(reply.json.text("choices.0.message.content") == #"{"z":1,"a":2,"m":3}"#)
    }

    @Test func whatCannotBeGuaranteedIsRefusedOnlyIfStrict() async throws {
        let schema = #"{"type":"object","unevaluatedProperties":false}"#
        func ask(_ strict: Bool) async throws -> TestServer.Reply {
            try await chat(
                #""max_tokens":8,"response_format":{"type":"json_schema","json_schema":{"name":"o","strict":\#(strict),"schema":\#(schema)}}"#
            )
        }
        let refused = try await ask(true)
        #expect(refused.status == 400)
        #expect(refused.json.text("error.message")?.contains("unevaluatedProperties") == true)
        let loose = try await ask(false)
        #expect(loose.status == 200 && loose.json.text("warning")?.contains("unevaluatedProperties") == true)
        #expect(throws: Never.self) { try JSONValue(json: loose.json.text("choices.0.message.content") ?? "") }
    }

    private static let tools = """
        [{"type":"function","function":{"name":"register","strict":true,"parameters":\(schema)}},
         {"type":"function","function":{"name":"stop"}}]
        """

    @Test(arguments: [60, 120], [#""required""#, #"{"type":"function","function":{"name":"register"}}"#])
    func demandedCallsHaveValidArguments(limit: Int, choice: String) async throws {
        let members =
            #""max_tokens":\#(limit),"temperature":0.8,"seed":3,"tools":\#(Self.tools),"tool_choice":\#(choice)"#
        let reply = try await chat(members)
        #expect(reply.json.text("choices.0.finish_reason") == "tool_calls")
        let calls = reply.json.list("choices.0.message.tool_calls")
        #expect(!calls.isEmpty)
        for call in calls {
            let arguments = try JSONValue(json: call.text("function.arguments") ?? "")
            if call.text("function.name") == "register" {
                #expect(arguments.integer("age") != nil, "\(arguments.json)")
            }
        }
        if choice.contains("register") { #expect(calls.allSatisfy { $0.text("function.name") == "register" }) }
        // The stream says the same, arguments in pieces.
        let stream = try await chat(members + #","stream":true"#)
        let deltas = stream.chunks.flatMap { $0.list("choices.0.delta.tool_calls") }
        for (index, call) in calls.enumerated() {
            let own = deltas.filter { $0.integer("index") == index }
            #expect(own.compactMap { $0.text("id") }.count == 1)
            #expect(own.compactMap { $0.text("function.name") } == [call.text("function.name")])
            #expect(own.compactMap { $0.text("function.arguments") }.joined() == call.text("function.arguments"))
        }
    }

    @Test func oneCallWhereSeveralAreNotWanted() async throws {
        let reply = try await chat(
            #""max_tokens":200,"temperature":1.2,"tools":\#(Self.tools),"tool_choice":"required","parallel_tool_calls":false"#
        )
        #expect(reply.json.list("choices.0.message.tool_calls").count == 1)
    }

    @Test func noToolsMeansNoCalls() async throws {
        let none = try await chat(#""max_tokens":20,"tools":\#(Self.tools),"tool_choice":"none""#)
        #expect(none.json.at("choices.0.message.tool_calls") == nil)
        let auto = try await chat(#""max_tokens":20,"tools":\#(Self.tools)"#)
        #expect(auto.status == 200)
        for call in auto.json.list("choices.0.message.tool_calls") {
            #expect(throws: Never.self) { try JSONValue(json: call.text("function.arguments") ?? "") }
        }
        let missing = try await chat(
            #""tools":\#(Self.tools),"tool_choice":{"type":"function","function":{"name":"x"}}"#
        )
        #expect(missing.status == 400)
    }

    @Test func otherConstraintsAreKept() async throws {
        let body = #"{"prompt":"answer: ","max_tokens":20,"#
        func text(_ members: String) async throws -> String {
            try await server.post("/v1/completions", body + members + "}").json.text("choices.0.text") ?? ""
        }
        #expect(["yes", "no"].contains(try await text(#""guided_choice":["yes","no"]"#)))
        #expect(try await text(#""guided_regex":"[0-9]{3}""#).wholeMatch(of: /[0-9]{3}/) != nil)
        #expect(["a", "b"].contains(try await text(#""grammar":"root ::= \"a\" | \"b\"""#)))
        #expect(
            try JSONValue(
                json: try await text(#""structured_outputs":{"json":{"type":"number","maximum":9,"minimum":0}}"#)
            ).json.isEmpty
                == false
        )
        let two = try await server.post("/v1/completions", body + #""guided_regex":"a","guided_choice":["a"]}"#)
        #expect(two.status == 400)
    }
}
