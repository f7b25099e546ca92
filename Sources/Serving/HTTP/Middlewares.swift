import Common
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

extension HTTPField.Name {
    static let apiKey = Self("x-api-key")!
    static let requestID = Self("x-request-id")!
    static let warning = Self("x-cinnabar-warning")!
    static let accelBuffering = Self("x-accel-buffering")!
    static let limitRequests = Self("x-ratelimit-limit-requests")!
    static let remainingRequests = Self("x-ratelimit-remaining-requests")!
    static let resetRequests = Self("x-ratelimit-reset-requests")!
    static let limitTexts = Self("x-ratelimit-limit-concurrent")!
    static let remainingTexts = Self("x-ratelimit-remaining-concurrent")!
}

/// Outermost: writes a line and counts for each request when its reply is out. Prompts and texts are not in it.
struct AccessLog: RouterMiddleware {
    typealias Context = ServerContext
    let state: ServerState

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.requestID] = context.requestID
        if state.departure.isUnderWay { response.headers[.connection] = "close" }
        let status = response.status.code
        let log: @Sendable () -> Void = {
            let time = ContinuousClock.now - context.begin
            let route = context.endpointPath ?? "NotFound"
            state.metrics.answered(route: route, status: status, after: time)
            context.logger.info(
                "answered",
                metadata: [
                    "id": "\(context.requestID)", "method": "\(request.method)", "route": "\(route)",
                    "status": "\(status)", "seconds": "\(time / .seconds(1))", "client": "\(context.clientName)",
                ]
            )
        }
        guard response.body.contentLength == nil else {
            log()
            return response
        }
        let body = response.body
        response.body = ResponseBody { writer in
            defer { log() }
            try await body.write(writer)
        }
        return response
    }
}

/// Turns errors into replies in the envelope of the path's dialect.
struct ErrorReplies: RouterMiddleware {
    typealias Context = ServerContext

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPParserError {
            // Answered by the connection, which then closes.
            throw error
        } catch let error as HTTPError {
            let message = error.status == .notFound ? "there is nothing at \(request.uri.path.prefix(200))" : "\(error)"
            return reply(
                APIError(error.status, message, code: error.status == .notFound ? "not_found" : nil),
                request,
                context
            )
        } catch {
            let answer = APIError(error)
            if answer.status.code >= 500 {
                context.logger.error("failed", metadata: ["id": "\(context.requestID)", "error": "\(error)"])
            }
            return reply(answer, request, context)
        }
    }

    private func reply(_ error: APIError, _ request: Request, _ context: ServerContext) -> Response {
        var response = Response(json: ErrorEnvelope(path: request.uri.path).body(error), status: error.status)
        if let seconds = error.retryAfter { response.headers[.retryAfter] = "\(seconds)" }
        // The rest of a body that nobody reads is not waited for.
        let hasBody = request.headers[.contentLength].map { $0 != "0" } ?? request.headers.contains(.transferEncoding)
        if hasBody, [401, 408, 413, 429].contains(error.status.code) {
            response.headers[.connection] = "close"
            let channel = context.channel
            channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
        }
        return response
    }
}

/// Lets in those who have a key, before anything of the body is read.
struct Authentication: RouterMiddleware {
    typealias Context = ServerContext
    let keys: KeyRing
    /// What probes may see without a key.
    static let openPaths: Set<String> = ["/health", "/ready"]

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let (path, keys) = (request.uri.path, keys.current)
        guard !keys.isEmpty, !Self.openPaths.contains(path), !Playground.isPath(path) else {
            return try await next(request, context)
        }
        guard let client = keys.client(of: Self.key(request.headers)) else { throw APIError.unauthorized }
        var context = context
        context.client = client
        return try await next(request, context)
    }

    static func key(_ headers: HTTPFields) -> String? {
        if let value = headers[.authorization] {
            let words = value.split(separator: " ", maxSplits: 1)
            return words.count == 2 && words[0].lowercased() == "bearer" ? String(words[1]) : nil
        }
        return headers[.apiKey]
    }
}

/// Counts requests of a client in a minute, and tells on every reply how much is left.
struct RateLimits: RouterMiddleware {
    typealias Context = ServerContext
    let state: ServerState

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var standing: RateLimiter.Standing?
        var response: Response
        do {
            let limit = context.client?.requestsPerMinute ?? state.configuration.requestsPerMinute
            if let limit, request.method == .post {
                standing = try state.rates.take(context.clientName, perMinute: limit)
            }
            response = try await next(request, context)
        } catch {
            // Replies to errors have the headers too.
            response = try await ErrorReplies().handle(request, context: context) { _, _ in throw error }
        }
        let load = state.admission.load
        let capacity = state.admission.limits.running + state.admission.limits.queued
        let free = max(0, capacity - load.running - load.queued)
        response.headers[.limitRequests] = "\(standing?.limit ?? capacity)"
        response.headers[.remainingRequests] = "\(min(free, standing?.remaining ?? free))"
        response.headers[.resetRequests] = "\(Int((standing?.reset ?? 1).rounded(.up)))s"
        response.headers[.limitTexts] = "\(state.admission.limits.running)"
        response.headers[.remainingTexts] = "\(max(0, state.admission.limits.running - load.running))"
        return response
    }
}

/// Lets pages of some origins ask.
struct CrossOrigin: RouterMiddleware {
    typealias Context = ServerContext
    let origins: [String]
    private let allowing: CORSMiddleware<ServerContext>

    init(origins: [String]) {
        self.origins = origins
        let names = [
            "accept", "authorization", "content-type", "origin", "x-api-key", "anthropic-version", "anthropic-beta",
            "anthropic-dangerous-direct-browser-access", "x-stainless-arch", "x-stainless-lang", "x-stainless-os",
            "x-stainless-package-version", "x-stainless-runtime", "x-stainless-runtime-version",
            "x-stainless-retry-count", "x-stainless-timeout", "x-stainless-helper-method",
        ]
        allowing = CORSMiddleware(
            allowOrigin: origins.contains("*") ? .all : .originBased,
            allowHeaders: names.compactMap { HTTPField.Name($0) },
            exposedHeaders: ["x-request-id", "retry-after", "x-cinnabar-warning"],
            maxAge: .hours(1)
        )
    }

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin], origins.contains("*") || origins.contains(origin) else {
            return try await next(request, context)
        }
        return try await allowing.handle(request, context: context, next: next)
    }
}

extension Response {
    init(json: JSONValue, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.jsonBytes))
        )
    }
}
