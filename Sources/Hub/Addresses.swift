import Common
import Foundation

extension URL {
    var hostAndPort: String { (host ?? "") + (port.map { ":\($0)" } ?? "") }

    /// Whether scheme, host and port are the same.
    func hasOrigin(of other: URL) -> Bool {
        func origin(_ url: URL) -> [String] {
            let scheme = url.scheme?.lowercased() ?? ""
            return [scheme, url.host?.lowercased() ?? "", "\(url.port ?? (scheme == "https" ? 443 : 80))"]
        }
        return origin(self) == origin(other)
    }

    /// Where a redirect leads.
    ///
    /// - Throws: `hub` for a place that is none, and from https to http: what was protected stays so.
    func redirected(to location: String?) throws -> URL {
        guard let location, let target = URL(string: location, relativeTo: self)?.absoluteURL,
            target.scheme == "https" || target.scheme == "http" && scheme == "http", target.host?.isEmpty == false
        else {
            throw CinnabarError(
                .hub,
                "\(hostAndPort) redirects to '\(location?.prefix(200) ?? "")', where nothing is fetched from",
                hint: "check HF_ENDPOINT"
            )
        }
        return target
    }
}

extension HubSettings {
    /// `ENDPOINT/api/models/ORG/NAME/revision/REVISION?blobs=true`: the files of a revision with sizes and hashes.
    func listing(_ repository: RepositoryID, _ revision: Revision) -> URL {
        address("/api/models/\(repository)/revision/\(Self.escaped(revision.description))?blobs=true")
    }

    /// `ENDPOINT/ORG/NAME/resolve/COMMIT/FILE`: the content of a file.
    func content(_ repository: RepositoryID, commit: String, file: String) -> URL {
        let path = file.split(separator: "/").map { Self.escaped(String($0)) }.joined(separator: "/")
        return address("/\(repository)/resolve/\(commit)/\(path)")
    }

    private func address(_ path: String) -> URL {
        guard let url = URL(string: endpoint.absoluteString + path) else {
            preconditionFailure("an escaped path is an address")
        }
        return url
    }

    private static func escaped(_ text: String) -> String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
