import HTTPTypes
import Serving
import Testing

@Suite struct DepartureTests {
    /// A server that goes still answers, and says so to balancers and clients.
    @Test func aServerThatGoesSaysSo() async throws {
        let server = try TestServer()
        #expect(try await server.get("/ready").status == 200)
        #expect(try await server.get("/v1/models").headers[.connection] == nil)
        server.server.depart()
        #expect(try await server.get("/ready").status == 503)
        #expect(try await server.get("/health").status == 200)
        let reply = try await server.post("/v1/completions", #"{"prompt":"x = ","max_tokens":2}"#)
        #expect(reply.status == 200 && reply.headers[.connection] == "close")
        #expect(try await server.post("/v1/completions", "{").headers[.connection] == "close")
    }
}
