import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// What a client sent.
struct WebRequest: Sendable {
    var method: HTTPMethod
    /// As sent, still escaped: path and query.
    var uri: String
    var headers: HTTPHeaders

    var path: String { String(uri.prefix { $0 != "?" }) }
    /// First and last byte asked for.
    var range: ClosedRange<Int>? {
        guard let text = headers.first(name: "range"), text.hasPrefix("bytes=") else { return nil }
        let bounds = text.dropFirst(6).split(separator: "-").compactMap { Int($0) }
        return bounds.count == 2 && bounds[0] <= bounds[1] ? bounds[0]...bounds[1] : nil
    }
}

/// What a server answers, faults included.
struct WebReply: Sendable {
    /// What happens behind the last byte that is sent.
    enum Ending: Sendable { case proper, cut, stall }

    var status: Int
    var headers: HTTPHeaders = [:]
    var body: [UInt8] = []
    /// Bytes of the body that are sent; nil for all.
    var sent: Int?
    var ending: Ending = .proper
}

/// An HTTP server on a free port of this machine, for one test.
final class WebServer: Sendable {
    typealias Answer = @Sendable (WebRequest) -> WebReply

    private let answer: Answer
    private let bound = Mutex(0)
    private let log = Mutex<[(request: WebRequest, bytes: Int)]>([])

    private init(_ answer: @escaping Answer) { self.answer = answer }

    var port: Int { bound.withLock { $0 } }
    var address: URL { URL(string: "http://127.0.0.1:\(port)")! }

    /// All requests that were answered, with the bytes of content that were sent.
    var requests: [(request: WebRequest, bytes: Int)] { log.withLock { $0 } }

    /// Calls `body` while a server runs.
    static func with<Result>(_ answer: @escaping Answer, _ body: (WebServer) async throws -> Result) async throws
        -> Result
    {
        let server = WebServer(answer)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Connection(server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        // Connections end with their clients.
        defer { listener.close(promise: nil) }
        server.bound.withLock { $0 = listener.localAddress?.port ?? 0 }
        return try await body(server)
    }

    /// Answers the requests of one connection.
    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let server: WebServer
        private var head: HTTPRequestHead?

        init(_ server: WebServer) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body: break
            case .end:
                guard let head else { return }
                reply(to: WebRequest(method: head.method, uri: head.uri, headers: head.headers), context)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            // A client that goes away is part of the tests.
            context.close(promise: nil)
        }

        private func reply(to request: WebRequest, _ context: ChannelHandlerContext) {
            let reply = server.answer(request)
            let bytes = request.method == .HEAD ? [] : reply.body.prefix(reply.sent ?? .max)
            server.log.withLock { $0.append((request, reply.status < 300 ? bytes.count : 0)) }
            var headers = reply.headers
            headers.add(name: "Content-Length", value: "\(reply.body.count)")
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status), headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            let body = context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))))
            if reply.ending == .proper { context.write(wrapOutboundOut(.end(nil)), promise: nil) }
            context.flush()
            if reply.ending == .cut {
                let channel = context.channel
                body.whenComplete { _ in channel.close(promise: nil) }
            }
        }
    }
}
