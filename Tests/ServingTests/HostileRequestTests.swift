import Common
import Foundation
import HTTPTypes
import Serving
import Testing

/// Whatever comes in, something in the dialect's envelope goes out, and never an internal error.
@Suite struct HostileRequestTests {
    private let server: TestServer
    private static let routes: [(path: String, body: JSONValue)] = [
        (
            "/v1/chat/completions",
            [
                "model": "m", "messages": [["role": "user", "content": "x"]], "max_tokens": 1, "temperature": 0, "n": 1,
                "stop": ["\n"], "stream": false, "seed": 1, "logprobs": true, "top_logprobs": 1,
                "stream_options": ["include_usage": true], "response_format": ["type": "text"],
                "tools": [["type": "function", "function": ["name": "f", "parameters": ["type": "object"]]]],
                "tool_choice": "none", "parallel_tool_calls": true,
            ]
        ),
        ("/v1/completions", ["prompt": "x", "max_tokens": 1, "suffix": "y", "echo": false, "logprobs": 0, "n": 1]),
        ("/v1/fim/completions", ["prompt": "x", "suffix": "y", "max_tokens": 1, "stop": "\n"]),
        ("/v1/edit/completions", ["messages": [["role": "user", "content": "x"]], "max_tokens": 1]),
        ("/v1/apply/completions", ["messages": [["role": "user", "content": "x"]], "max_tokens": 1]),
        (
            "/v1/decisions",
            ["state": "x", "questions": ["q": ["type": "choice", "criteria": ["a": "b"], "instructions": "i"]]]
        ),
        (
            "/v1/responses",
            [
                "input": [["role": "user", "content": "x"]], "max_output_tokens": 1,
                "text": ["format": ["type": "text"]],
            ]
        ),
        (
            "/v1/messages",
            [
                "max_tokens": 1, "system": "s",
                "messages": [["role": "user", "content": [["type": "text", "text": "x"]]]],
                "tools": [["name": "f", "input_schema": ["type": "object"]]], "tool_choice": ["type": "none"],
            ]
        ),
        ("/infill", ["input_prefix": "x", "input_suffix": "y", "n_predict": 1, "input_extra": [["text": "z"]]]),
        ("/completion", ["prompt": "x", "n_predict": 1]),
        ("/api/generate", ["prompt": "x", "stream": false, "options": ["num_predict": 1]]),
        (
            "/api/chat",
            ["messages": [["role": "user", "content": "x"]], "stream": false, "options": ["num_predict": 1]]
        ),
        ("/tokenize", ["content": "x"]), ("/detokenize", ["tokens": [1]]), ("/feedback", ["request_id": "x"]),
    ]

    init() throws { server = try TestServer() }

    private static let strange: [JSONValue] = [
        nil, true, -1, 0, 1.5, .integer(.max), .integer(.min), 1e300, "", "x", "\u{0}\u{1F600}\u{FFFD}", [], [nil],
        [[[]]], [-1],
        ["a", 1], [:], ["a": nil], ["type": 7], ["type": "x", "name": []],
    ]

    /// Every value of every request, one after another, replaced by every strange one.
    @Test(arguments: routes.map(\.path)) func strangeValuesAreAnswered(path: String) async throws {
        let body = try #require(Self.routes.first { $0.path == path }?.body)
        #expect(try await server.post(path, body.json).status == 200)
        for place in body.places {
            for value in Self.strange {
                let changed = body.replacing(place[...], with: value)
                let reply = try await server.post(path, changed.json)
                #expect([200, 400].contains(reply.status), "\(path) \(changed.json) \(reply.text)")
                if reply.status == 400 { #expect(reply.json.at("error") != nil) }
            }
        }
    }

    @Test(arguments: [
        "", "{", "[]", "null", "\"x\"", "{\"prompt\":}", "{\"prompt\":\"\\ud800\"}", "{\"prompt\":\"x\"} x",
        "{\"max_tokens\":1e999}",
        "{\"max_tokens\":99999999999999999999999}", "{'prompt':'x'}",
    ])
    func whatIsNoJSONIsSaidToBeNone(body: String) async throws {
        for route in Self.routes {
            let reply = try await server.post(route.path, body)
            #expect(reply.status == 400, "\(route.path) \(reply.text)")
            #expect(reply.json.at("error") != nil)
        }
    }

    @Test func deepNestingAndBadTextAreRefused() async throws {
        let deep = String(repeating: "[", count: 100_000)
        #expect(try await server.post("/v1/completions", #"{"prompt":\#(deep)"#).status == 400)
        let objects = String(repeating: #"{"a":"#, count: 1000) + "1" + String(repeating: "}", count: 1000)
        #expect(try await server.post("/v1/completions", #"{"x":\#(objects)}"#).status == 400)
    }

    @Test func largeBodiesAreRefused() async throws {
        let small = try TestServer { $0.maxBodyBytes = 2048 }
        let reply = try await small.post("/v1/completions", #"{"prompt":"\#(String(repeating: "x", count: 4000))"}"#)
        #expect(reply.status == 413 && reply.json.text("error.code") == "request_too_large")
    }

    @Test(arguments: [
        #""n":0"#, #""n":-3"#, #""n":1000000"#, #""max_tokens":-5"#, #""temperature":-0.1"#, #""temperature":2.1"#,
        #""top_logprobs":21,"logprobs":true"#, #""mode":"fast""#, #""canvas":0"#, #""stop":[1]"#,
        #""presence_penalty":3"#,
    ])
    func valuesOutOfRangeAreNamed(member: String) async throws {
        let reply = try await server.post(
            "/v1/chat/completions",
            #"{"messages":[{"role":"user","content":"x"}],\#(member)}"#
        )
        #expect(reply.status == 400)
        let key = member.dropFirst().prefix { $0 != "\"" }
        #expect(reply.json.text("error.param") == String(key), "\(reply.text)")
        #expect(reply.json.text("error.type") == "invalid_request_error")
    }

    @Test func unknownPathsHaveTheEnvelopeOfTheirDialect() async throws {
        #expect(try await server.get("/v1/nothing").json.text("error.type") == "invalid_request_error")
        #expect(try await server.get("/api/nothing").json.text("error") != nil)
        #expect(try await server.post("/v1/chat/completions/x", "{}").status == 404)
    }
}

extension JSONValue {
    /// The paths of all values in it, itself first.
    fileprivate var places: [[Int]] {
        let children: [JSONValue] =
            switch self {
            case .array(let elements): elements
            case .object(let members): members.map(\.value)
            default: []
            }
        return [[]] + children.enumerated().flatMap { index, child in child.places.map { [index] + $0 } }
    }

    fileprivate func replacing(_ place: ArraySlice<Int>, with value: JSONValue) -> JSONValue {
        guard let index = place.first else { return value }
        switch self {
        case .array(var elements):
            elements[index] = elements[index].replacing(place.dropFirst(), with: value)
            return .array(elements)
        case .object(var members):
            members[index].value = members[index].value.replacing(place.dropFirst(), with: value)
            return .object(members)
        default: return self
        }
    }
}
