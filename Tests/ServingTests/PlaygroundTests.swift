import Foundation
import HTTPTypes
import Serving
import Testing

/// The page and its files.
@Suite struct PlaygroundTests {
    @Test func filesThatThePageNamesAreThere() async throws {
        let server = try TestServer()
        let page = try await server.get("/")
        #expect(page.status == 200 && page.headers[.contentType] == "text/html; charset=utf-8")
        var waiting = page.text.matches(of: /(?:href|src)="(\/playground\/[^"]+)"/).map { String($0.1) }
        #expect(!waiting.isEmpty)
        var seen: Set<String> = []
        while let path = waiting.popLast() {
            guard seen.insert(path).inserted else { continue }
            let file = try await server.get(path)
            #expect(file.status == 200, "\(path)")
            let type = try #require(file.headers[.contentType])
            #expect(!type.isEmpty && file.headers[.xContentTypeOptions] == "nosniff")
            waiting += file.text.matches(of: /from "\.\/([^"]+)"/).map { "/playground/\($0.1)" }
            #expect(!file.text.contains("https://"), "\(path) names an external address")
            #expect(file.text.split(separator: "\n", omittingEmptySubsequences: false).count <= 300, "\(path)")
        }
    }

    @Test func thePolicyLetsNothingElseIn() async throws {
        let policy = try await TestServer().get("/").headers[.contentSecurityPolicy] ?? ""
        #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"))
        #expect(!policy.contains("unsafe") && !policy.contains("*"))
    }

    @Test func whatIsKnownIsNotSentAgain() async throws {
        let server = try TestServer()
        let tag = try #require(try await server.get("/").headers[.eTag])
        let again = try await server.get("/", headers: [.ifNoneMatch: tag])
        #expect(again.status == 304 && again.text.isEmpty)
        #expect(try await server.get("/", headers: [.ifNoneMatch: "\"other\""]).status == 200)
    }

    @Test(arguments: [
        "/playground/", "/playground/x.js", "/playground/../playground.js", "/playground/%2e%2e/Package.swift",
    ])
    func nothingElseIsServed(path: String) async throws {
        #expect(try await TestServer().get(path).status == 404)
    }

    @Test func itCanBeLeftOut() async throws {
        let server = try TestServer { $0.playground = false }
        #expect(try await server.get("/").status == 404)
        #expect(try await server.get("/health").status == 200)
    }
}
