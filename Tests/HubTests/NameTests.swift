import Common
import Foundation
import Hub
import Testing

/// Names from the command line, and the environment.
@Suite struct NameTests {
    @Test(arguments: [
        ("GSAI-ML/LLaDA-8B-Base", "models--GSAI-ML--LLaDA-8B-Base"), ("gpt2", "models--gpt2"),
        ("a_b/c.d-e_f", "models--a_b--c.d-e_f"),
    ])
    func repositories(name: String, folder: String) throws {
        let repository = try RepositoryID(name)
        #expect(repository.folderName == folder)
        #expect(RepositoryID(folderName: folder) == repository)
    }

    @Test(arguments: [
        "", "/", "a/", "/a", "a/b/c", "../b", "a/..", "a/.b", "-a/b", "a/b-", "a/b--c", "a b/c", "a/b?c", "a/ü",
        "a/b\n", "a/b%2e",
        String(repeating: "a", count: 97),
    ])
    func wrongRepositories(name: String) {
        let error = #expect(throws: CinnabarError.self) { try RepositoryID(name) }
        #expect(error?.code == .invalidArgument && error?.description.contains("ORG/NAME") == true)
    }

    @Test(arguments: ["datasets--a--b", "models--", "models--..", "version.txt", ".locks", "models--a--b--c"])
    func otherFolders(name: String) { #expect(RepositoryID(folderName: name) == nil) }

    @Test(arguments: ["main", "refs/pr/1", "v1.0", "feature/x-y"])
    func revisions(name: String) throws { #expect(try Revision(name).description == name) }

    @Test(arguments: ["", "../main", "a/../b", "/main", "a//b", "a b", "a\u{0}b", "a~1", "a\\b", "."])
    func wrongRevisions(name: String) { #expect(throws: CinnabarError.self) { try Revision(name) } }

    @Test func references() throws {
        let whole = try #require(ModelReference("org/name@v1/sub/a.gguf"))
        #expect(whole.repository.description == "org/name" && whole.revision?.description == "v1")
        #expect(whole.file == "sub/a.gguf")
        let short = try #require(ModelReference("org/name"))
        #expect(short.repository.description == "org/name" && short.revision == nil && short.file == nil)
        for text in ["name", "/org/name", "./name", "../a/b", "org/name/../x", "org/name@", "org/name/", "a b/c"] {
            #expect(ModelReference(text) == nil, "\(text)")
        }
    }

    // MARK: The environment

    @Test func theUsualVariables() throws {
        func settings(_ environment: [String: String], token: String? = nil) throws -> HubSettings {
            try HubSettings(environment: environment.merging(["HOME": "/home/me"]) { given, _ in given }, token: token)
        }
        let plain = try settings([:])
        #expect(plain.endpoint.absoluteString == "https://huggingface.co" && plain.token == nil && !plain.isOffline)
        #expect(plain.cache.path == "/home/me/.cache/huggingface/hub")
        #expect(try settings(["XDG_CACHE_HOME": "/c"]).cache.path == "/c/huggingface/hub")
        #expect(try settings(["HF_HOME": "/h", "XDG_CACHE_HOME": "/c"]).cache.path == "/h/hub")
        #expect(try settings(["HF_HOME": "~/h"]).cache.path == "/home/me/h/hub")
        #expect(try settings(["HF_HOME": "/h", "HUGGINGFACE_HUB_CACHE": "/l"]).cache.path == "/l")
        #expect(try settings(["HF_HUB_CACHE": "/n", "HUGGINGFACE_HUB_CACHE": "/l"]).cache.path == "/n")
        #expect(try settings(["HF_HUB_CACHE": "", "HF_HOME": "/h"]).cache.path == "/h/hub")
        let mirror = try settings(["HF_ENDPOINT": "http://mirror.example:8080/hub//"])
        #expect(mirror.endpoint.absoluteString == "http://mirror.example:8080/hub")
        for value in ["1", "ON", "yes", "True"] { #expect(try settings(["HF_HUB_OFFLINE": value]).isOffline) }
        for value in ["0", "", "off"] { #expect(try !settings(["HF_HUB_OFFLINE": value]).isOffline) }
        #expect(try settings(["HF_TOKEN": " hf_a\n"]).token == "hf_a")
        #expect(try settings(["HF_TOKEN": "hf_a"], token: "hf_b").token == "hf_b")
        #expect(try settings(["HF_TOKEN": "hf_a", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"]).token == nil)
    }

    @Test func theTokenFile() async throws {
        try await withScratchFolder { folder in
            try Data("hf_file\n".utf8).write(to: folder.appendingPathComponent("token"))
            #expect(try HubSettings(environment: ["HF_HOME": folder.path]).token == "hf_file")
            #expect(try HubSettings(environment: ["HF_HOME": folder.path, "HF_TOKEN": "hf_a"]).token == "hf_a")
            let other = folder.appendingPathComponent("other")
            try Data("hf_other".utf8).write(to: other)
            #expect(try HubSettings(environment: ["HF_HOME": "/h", "HF_TOKEN_PATH": other.path]).token == "hf_other")
        }
    }

    @Test(arguments: ["huggingface.co", "ftp://a.b", "https://", "", "file:///etc", "https://a.b/?q", "a b"])
    func wrongAddresses(text: String) {
        let environment = ["HF_ENDPOINT": text.isEmpty ? "x" : text]
        let error = #expect(throws: CinnabarError.self) { try HubSettings(environment: environment) }
        #expect(error?.code == .invalidArgument && error?.description.contains("HF_ENDPOINT") == true)
    }

    @Test(arguments: ["a b", "a\r\nX-Other: 1", "ä"])
    func wrongTokens(text: String) {
        let error = #expect(throws: CinnabarError.self) { try HubSettings(environment: [:], token: text) }
        #expect(error?.code == .invalidArgument && error?.description.contains(text) == false)
    }
}
