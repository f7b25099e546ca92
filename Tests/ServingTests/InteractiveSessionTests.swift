import Common
import Foundation
import HTTPTypes
import Serving
import Testing

/// Texts written on command, with the default model.
@Suite struct InteractiveSessionTests {
    private let server: TestServer

    init() throws { server = try TestServer() }

    private static let prompt = #""prompt":"def area(width, height):\n    ""#

    private func begin(_ more: String = "", on server: TestServer? = nil) async throws -> String {
        let reply = try await (server ?? self.server).post("/v1/sessions", "{\(Self.prompt)\(more)}")
        #expect(reply.status == 201, "\(reply.text)")
        return try #require(reply.json.text("id"))
    }

    @discardableResult
    private func command(_ id: String, _ body: String) async throws -> TestServer.Reply {
        try await server.post("/v1/sessions/\(id)/commands", body)
    }

    /// States of a session until it has ended by itself.
    private func finish(_ id: String) async throws -> JSONValue {
        while true {
            let reply = try await command(id, #"{"step":64}"#)
            try #require(reply.status == 200, "\(reply.text)")
            if reply.json["finish"] != nil { return reply.json }
        }
    }

    private func plain(_ more: String) async throws -> String? {
        try await server.post("/v1/completions", "{\(Self.prompt)\(more)}").json.text("choices.0.text")
    }

    @Test(arguments: ["speed", "quality", "lossless", "autoregressive"])
    func stepsWriteWhatACompletionWrites(mode: String) async throws {
        let options = #","max_tokens":24,"mode":"\#(mode)""#
        let id = try await begin(options)
        let first = try await server.get("/v1/sessions/\(id)").json
        #expect(first.text("text") == "" && first.integer("forwards") == 0 && first.at("running") == .boolean(false))
        var version = try #require(first.integer("version"))
        while true {
            let state = try await command(id, #"{"step":1}"#).json
            #expect(try #require(state.integer("version")) >= version)
            version = state.integer("version") ?? version
            let tokens = state.list("tokens").compactMap(\.text)
            #expect(tokens.count == state.list("tokens").count)
            guard state["finish"] != nil else {
                #expect(
                    try #require(state.text("text")).hasPrefix(tokens.joined())
                        || tokens.joined().hasPrefix(state.text("text")!)
                )
                continue
            }
            #expect(state.text("text") == (try await plain(options)))
            #expect(state.integer("result.forwards") == state.integer("forwards"))
            #expect(state.integer("result.tokens") == tokens.count)
            break
        }
    }

    @Test func aRunGoesOnByItselfAndPauses() async throws {
        let id = try await begin(#","max_tokens":200,"mode":"autoregressive""#)
        let running = try await command(id, #"{"run":{"rest_milliseconds":20}}"#).json
        #expect(running.at("running") == .boolean(true))
        let paused = try await command(id, #"{"pause":true}"#).json
        #expect(paused.at("running") == .boolean(false) && paused["finish"] == nil)
        let later = try await command(id, #"{"step":1}"#).json
        #expect(later.integer("forwards") == paused.integer("forwards").map { $0 + 1 })
        #expect(try await command(id, #"{"run":true}"#).status == 200)
        async let events = server.get("/v1/sessions/\(id)/events")
        while try await server.get("/v1/sessions/\(id)").json["finish"] == nil { await Task.yield() }
        _ = try await remove(id)
        let seen = try await events.events
        #expect(seen.last?.name == "end" && seen.contains { $0.name == "state" })
        #expect(seen.allSatisfy { $0.name != "truncate" })
    }

    private func remove(_ id: String) async throws -> TestServer.Reply {
        try await server.delete("/v1/sessions/\(id)")
    }

    @Test(arguments: ["quality", "speed", "lossless"]) func pinsStand(mode: String) async throws {
        let id = try await begin(#","max_tokens":24,"mode":"\#(mode)""#)
        let pinned = try await command(id, #"{"pin":{"position":5,"text":" width"}}"#)
        #expect(pinned.status == 200, "\(pinned.text)")
        #expect(pinned.json.integer("given.0.position") == 5 && pinned.json.text("given.0.kind") == "pinned")
        let end = try await finish(id)
        #expect(end.list("tokens").count > 5 && end.text("tokens.5") == " width")
    }

    @Test func whatIsFinalCannotBePinnedButReplaced() async throws {
        let id = try await begin(#","max_tokens":24"#)
        let before = try await finish(id)
        let refused = try await command(id, #"{"pin":{"position":0,"text":"while"}}"#)
        #expect(refused.status == 409 && refused.json.text("error.message")?.isEmpty == false)
        #expect(refused.json.text("error.hint")?.isEmpty == false)
        #expect(try await server.get("/v1/sessions/\(id)").json == before, "a refusal changes nothing")
        let replaced = try await command(id, #"{"replace":{"from":0,"to":1,"text":"while"}}"#)
        #expect(replaced.status == 200 && replaced.json.text("text")?.hasPrefix("while") == true)
        #expect(try #require(replaced.json.integer("version")) > before.integer("version") ?? 0)
        #expect(try await finish(id).text("text")?.hasPrefix("while") == true)
    }

    @Test func whatIsTakenBackIsTold() async throws {
        let id = try await begin(#","max_tokens":24"#)
        async let events = server.get("/v1/sessions/\(id)/events")
        let full = try await finish(id)
        // The reader has seen the end before it is taken back: events are told in order, and none is left out here.
        let back = try await command(id, #"{"rollback":{"to":2}}"#).json
        #expect(back.list("tokens").count == 2 && back["finish"] == nil)
        #expect(full.text("text")?.hasPrefix(try #require(back.text("text"))) == true)
        let again = try await finish(id)
        #expect(again.text("text") == full.text("text"), "the same seed and options write the same again")
        _ = try await remove(id)
        var text = ""
        for event in try await events.events {
            let data = try JSONValue(json: event.data)
            switch event.name {
            case "truncate":
                text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(data.integer("characters") ?? 0)))
            case "state":
                let new = try #require(data.text("text"))
                #expect(new.hasPrefix(text), "final text grows, or is taken back with an event")
                text = new
            default: #expect(event.name == "end")
            }
        }
        #expect(text == full.text("text"))
    }

    @Test func aConstraintCanComeHalfWay() async throws {
        let id = try await begin(#","max_tokens":40"#)
        _ = try await command(id, #"{"step":3}"#)
        let injected = try await command(id, #"{"constrain":{"regex":"[0-9]{4}-[0-9]{2}","take_back":true}}"#)
        #expect(injected.status == 200, "\(injected.text)")
        #expect(injected.json.text("ended_text")?.wholeMatch(of: /[0-9]{4}-[0-9]{2}/) != nil)
        #expect(try await finish(id).text("result.text")?.wholeMatch(of: /[0-9]{4}-[0-9]{2}/) != nil)
        let wrong = try await command(id, #"{"constrain":{"regex":"("}}"#)
        #expect(wrong.status == 400 && wrong.json.text("error.param") == "constrain.regex")
        #expect(try await command(id, #"{"constrain":null}"#).json["ended_text"] == nil)
    }

    @Test func aTextThatIsStoppedUnderAConstraintIsValid() async throws {
        let id = try await begin(#","max_tokens":60,"structured_outputs":{"json_object":true}"#)
        _ = try await command(id, #"{"step":2}"#)
        let stopped = try await command(id, #"{"stop":true}"#).json
        #expect(stopped.text("finish") == "cancelled" || stopped.text("finish") == "stop")
        let text = try #require(stopped.text("result.text"))
        #expect(throws: Never.self) { try JSONValue(json: text) }
        #expect(try await command(id, #"{"step":1}"#).status == 409)
    }

    @Test func aCommandForAnotherVersionIsRefused() async throws {
        let id = try await begin(#","max_tokens":24"#)
        let state = try await command(id, #"{"step":1,"version":0}"#)
        #expect(state.status == 200, "\(state.text)")
        let late = try await command(id, #"{"step":1,"version":0}"#)
        #expect(late.status == 409 && late.json.text("error.code") == "version_conflict")
        #expect(try await server.get("/v1/sessions/\(id)").json == state.json)
    }

    @Test func locksStayAndAreLetGo() async throws {
        let id = try await begin(#","max_tokens":24,"mode":"quality""#)
        let state = try await command(id, #"{"step":12}"#).json
        try #require(!state.list("tokens").isEmpty)
        let locked = try await command(id, #"{"lock":{"from":0,"to":1}}"#).json
        #expect(locked.text("given.0.kind") == "locked" && locked.at("given.0.text") == state.at("tokens.0"))
        #expect(try await command(id, #"{"replace":{"from":0,"to":1,"text":"x"}}"#).status == 409)
        #expect(try await command(id, #"{"unpin":{"position":0}}"#).json.list("given").isEmpty)
        #expect(try await command(id, #"{"replace":{"from":0,"to":1,"text":"x"}}"#).json.text("tokens.0") == "x")
    }

    @Test(arguments: [
        "{}", "[]", "null", #"{"run":true,"stop":true}"#, #"{"fly":1}"#, #"{"step":0}"#, #"{"step":"x"}"#,
        #"{"pin":{}}"#,
        #"{"pin":{"position":-1,"text":"x"}}"#, #"{"pin":{"position":1e300,"text":"x"}}"#,
        #"{"lock":{"from":3,"to":1}}"#,
        #"{"rollback":{}}"#, #"{"constrain":{"choices":[]}}"#, #"{"constrain":{"regex":"a","choices":["b"]}}"#,
        #"{"run":{"rest_milliseconds":-1}}"#, #"{"step":1,"version":-1}"#, "x",
    ]) func badCommandsAreRefused(body: String) async throws {
        let id = try await begin(#","max_tokens":4"#)
        let before = try await server.get("/v1/sessions/\(id)").json
        let reply = try await command(id, body)
        #expect(reply.status == 400, "\(reply.text)")
        #expect(try await server.get("/v1/sessions/\(id)").json == before)
    }

    @Test(arguments: [
        #"{"pin":{"position":16777216,"text":"x"}}"#, #"{"lock":{"from":0,"to":16777216}}"#, #"{"rollback":{"to":9}}"#,
    ])
    func whatCannotBeIsRefused(body: String) async throws {
        let id = try await begin(#","max_tokens":4"#)
        let reply = try await command(id, body)
        #expect(reply.status == 409, "\(reply.text)")
    }

    @Test func sessionsAreBounded() async throws {
        let server = try TestServer { $0.maxSessions = 2 }
        let ids = [try await begin(on: server), try await begin(on: server)]
        let refused = try await server.post("/v1/sessions", "{\(Self.prompt)}")
        #expect(refused.status == 429 && refused.headers[.retryAfter] != nil)
        #expect(try await server.delete("/v1/sessions/\(ids[0])").status == 200)
        #expect(try await server.get("/v1/sessions/\(ids[0])").status == 404)
        _ = try await begin(on: server)
    }

    @Test func sessionsOfAKeyAreBounded() async throws {
        let (file, keys) = try Self.keyFile(["alice", "bob"])
        defer { try? FileManager.default.removeItem(at: file) }
        let server = try TestServer { ($0.apiKeyFile, $0.maxSessions, $0.maxSessionsPerKey) = (file.path, 3, 2) }
        func begin(_ key: String) async throws -> TestServer.Reply {
            try await server.post("/v1/sessions", "{\(Self.prompt)}", headers: [.authorization: "Bearer \(key)"])
        }
        let mine = [try await begin(keys[0]), try await begin(keys[0])]
        #expect(mine.allSatisfy { $0.status == 201 })
        let refused = try await begin(keys[0])
        #expect(refused.status == 429 && refused.json.text("error.message")?.contains("this key has 2") == true)
        // Another key's place is its own.
        #expect(try await begin(keys[1]).status == 201)
        #expect(try await begin(keys[1]).json.text("error.message")?.contains("there are 3") == true)
        let id = try #require(mine[0].json.text("id"))
        let deleted = try await server.delete(
            "/v1/sessions/\(id)",
            headers: [.authorization: "Bearer \(keys[0])"]
        )
        #expect(deleted.status == 200)
        #expect(try await begin(keys[0]).status == 201)
    }

    @Test func idleSessionsEnd() async throws {
        for seconds in [1, 10, 100] {
            let server = try TestServer { $0.sessionIdleSeconds = seconds }
            let id = try await begin(on: server)
            let reply = try await server.get("/v1/sessions/\(id)/events")
            #expect(try await server.get("/v1/sessions/\(id)").status == 404)
            // On a busy machine the session may have ended before its events are asked for.
            if reply.status == 404 { continue }
            #expect(reply.events.last?.name == "end" && reply.events.last?.data == #"{"reason":"idle"}"#)
            return
        }
        Issue.record("the session ended before its events were asked for")
    }

    @Test func aSessionIsItsKeys() async throws {
        let (file, keys) = try Self.keyFile(["alice", "bob"])
        defer { try? FileManager.default.removeItem(at: file) }
        let server = try TestServer { $0.apiKeyFile = file.path }
        func headers(_ key: String) -> HTTPFields { [.authorization: "Bearer \(key)"] }
        let reply = try await server.post("/v1/sessions", "{\(Self.prompt)}", headers: headers(keys[0]))
        let id = try #require(reply.json.text("id"))
        #expect(try await server.get("/v1/sessions/\(id)", headers: headers(keys[0])).status == 200)
        #expect(try await server.get("/v1/sessions/\(id)", headers: headers(keys[1])).status == 404)
        #expect(try await server.get("/v1/sessions/\(id)").status == 401)
        #expect(try await server.get("/").status == 200, "the page itself holds nothing that a key protects")
    }

    private static func keyFile(_ names: [String]) throws -> (URL, [String]) {
        let made = names.map { APIKeys.make(name: $0) }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(UUID().uuidString)")
        try Data(made.map { $0.line + "\n" }.joined().utf8).write(to: file)
        return (file, made.map(\.key))
    }

    @Test func logProbabilitiesComeAtTheEnd() async throws {
        let id = try await begin(#","max_tokens":12,"logprobs":0"#)
        let end = try await finish(id)
        #expect(end.list("result.logprobs").count == end.integer("result.tokens"))
    }
}
