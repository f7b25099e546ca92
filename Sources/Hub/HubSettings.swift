import Common
package import Foundation

/// Which hub, as whom, and where files go: from the environment variables that all tools of the hub read.
///
/// `HF_ENDPOINT`, `HF_TOKEN` (or the file `HF_TOKEN_PATH`, `HF_HOME/token`), `HF_HUB_CACHE`, `HF_HOME`,
/// `XDG_CACHE_HOME`, `HF_HUB_OFFLINE`, `HF_HUB_DISABLE_IMPLICIT_TOKEN`. An empty variable counts as none.
package struct HubSettings: Sendable {
    /// Base address without a slash at its end.
    package var endpoint: URL
    /// Sent to the host of `endpoint` and to no other.
    package var token: String?
    package var cache: URL
    package var isOffline: Bool

    /// - Parameter token: goes before those of the environment.
    /// - Throws: `invalidArgument` for an address or a token that cannot be one; `file` for an unreadable token file.
    package init(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        token: String? = nil
    ) throws {
        func value(_ names: String...) -> String? {
            names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        func isOn(_ names: String...) -> Bool {
            names.contains { ["1", "ON", "YES", "TRUE"].contains(environment[$0]?.uppercased()) }
        }
        let user = value("HOME") ?? NSHomeDirectory()
        func folder(_ path: String) -> URL {
            let isBelowUser = path == "~" || path.hasPrefix("~/")
            return URL(fileURLWithPath: isBelowUser ? user + path.dropFirst() : path)
        }
        let home =
            value("HF_HOME").map(folder)
            ?? folder(value("XDG_CACHE_HOME") ?? "~/.cache").appendingPathComponent("huggingface")
        cache = value("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE").map(folder) ?? home.appendingPathComponent("hub")
        endpoint = try Self.address(value("HF_ENDPOINT") ?? "https://huggingface.co")
        isOffline = isOn("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
        if let token {
            self.token = try Self.checked(token)
        } else if !isOn("HF_HUB_DISABLE_IMPLICIT_TOKEN") {
            let file = value("HF_TOKEN_PATH").map(folder) ?? home.appendingPathComponent("token")
            self.token = try Self.checked(value("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN") ?? Self.read(file))
        }
    }

    private static func address(_ text: String) throws -> URL {
        let trimmed = String(text.reversed().drop { $0 == "/" }.reversed())
        guard let url = URL(string: trimmed), ["http", "https"].contains(url.scheme), url.host?.isEmpty == false,
            url.query == nil, url.fragment == nil
        else {
            throw CinnabarError(
                .invalidArgument,
                "HF_ENDPOINT '\(text.prefix(200))' is not the address of a hub",
                hint: "write it as https://huggingface.co"
            )
        }
        return url
    }

    /// A token without the blanks around it, nil for an empty one. What it holds becomes part of a request's head.
    private static func checked(_ text: String?) throws -> String? {
        guard let token = text?.trimmingCharacters(in: .whitespacesAndNewlines), !token.isEmpty else { return nil }
        guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), token.utf8.count <= 4096 else {
            throw CinnabarError(
                .invalidArgument,
                "the token holds characters that no token has",
                hint: "copy it again: one word of letters, digits and signs"
            )
        }
        return token
    }

    private static func read(_ file: URL) throws -> String? {
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        do {
            return try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw CinnabarError(
                .file,
                "cannot read the token in \(file.path)",
                hint: "check its permissions, or set HF_TOKEN"
            )
        }
    }
}
