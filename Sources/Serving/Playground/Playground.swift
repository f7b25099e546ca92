import Common
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// The page at `/`: files that are read once and served from memory. They hold nothing that a key would protect; what they ask for
/// does.
struct Playground: Sendable {
    private struct File: Sendable {
        let name: String
        let type: String
        let bytes: ByteBuffer
        let tag: String
    }

    private let files: [File]

    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
    ]

    /// The page loads its own files, asks its own server, and nothing else.
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    /// - Throws: `file` if the resources are not beside the program.
    init() throws {
        guard let folder = Bundle.module.url(forResource: "playground", withExtension: nil) else {
            throw CinnabarError(
                .file,
                "the page's files are not beside the program",
                hint: "keep cinnabar_Serving.resources next to the executable, or serve with --set playground=false"
            )
        }
        files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().compactMap { name in
            let url = folder.appendingPathComponent(name)
            guard let type = Self.types[url.pathExtension] else { return nil }
            let data = try Data(contentsOf: url)
            let tag = SHA256.hash(data: data).prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            return File(name: name, type: type, bytes: ByteBuffer(bytes: data), tag: "\"\(tag.joined())\"")
        }
    }

    /// Paths under which the files are.
    static func isPath(_ path: String) -> Bool { path == "/" || path.hasPrefix("/playground/") }

    func add(to router: Router<ServerContext>) {
        for file in files {
            let path = file.name == "index.html" ? "/" : "/playground/\(file.name)"
            router.get(RouterPath(path)) { request, _ in Self.reply(file, request) }
        }
    }

    private static func reply(_ file: File, _ request: Request) -> Response {
        var headers: HTTPFields = [
            .contentType: file.type, .eTag: file.tag, .cacheControl: "no-cache", .contentSecurityPolicy: policy,
            .xContentTypeOptions: "nosniff",
        ]
        headers[.referrerPolicy] = "no-referrer"
        guard request.headers[.ifNoneMatch]?.contains(file.tag) != true else {
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.bytes))
    }
}

extension HTTPField.Name {
    fileprivate static let referrerPolicy = Self("referrer-policy")!
}
