import AsyncHTTPClient
import Common
import Foundation
import NIOCore
import NIOHTTP1

/// A connection to one hub. Redirects are followed by hand, so that the token never leaves the hub's own host.
package struct HubClient: Sendable {
    package let settings: HubSettings
    package let limits: TransferLimits
    private let http: HTTPClient

    /// Calls `body` with a client that is closed afterwards.
    ///
    /// - Throws: `hub` when the environment says to stay offline.
    package static func with<Result: Sendable>(
        _ settings: HubSettings,
        limits: TransferLimits = TransferLimits(),
        _ body: @Sendable (HubClient) async throws -> Result
    ) async throws -> Result {
        guard !settings.isOffline else {
            throw CinnabarError(.hub, "HF_HUB_OFFLINE says to fetch nothing", hint: "unset it to pull")
        }
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // One stream a connection: parallel parts are to be parallel on the wire too.
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(limits.connectTimeout)
        configuration.timeout.read = .seconds(limits.readTimeout)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = limits.connections
        return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
            try await body(HubClient(settings: settings, limits: limits, http: http))
        }
    }

    /// An answer and who gave it.
    struct Answer {
        var status: Int
        var headers: HTTPHeaders
        var body: HTTPClientResponse.Body
        var host: String
        var isHub: Bool
    }

    private static let mostRedirects = 5

    /// Sends a request without a body and follows redirects.
    ///
    /// - Parameters:
    ///   - subject: what is asked for, in errors.
    ///   - isEnough: whether an answer that redirects is what was asked for.
    /// - Throws: `PassingFailure`, `CinnabarError` for answers other than 2xx, `CancellationError`.
    func send(
        _ method: HTTPMethod,
        _ address: URL,
        headers: HTTPHeaders = [:],
        subject: String,
        isEnough: (HTTPHeaders) -> Bool = { _ in false }
    ) async throws -> Answer {
        var url = address
        for _ in 0...Self.mostRedirects {
            let isHub = url.hasOrigin(of: settings.endpoint)
            let response = try await transfer(from: url.hostAndPort) {
                try await http.execute(request(method, url, headers, isHub: isHub), deadline: .distantFuture)
            }
            let status = Int(response.status.code)
            guard (300...399).contains(status), !isEnough(response.headers) else {
                let answer = Answer(
                    status: status,
                    headers: response.headers,
                    body: response.body,
                    host: url.hostAndPort,
                    isHub: isHub
                )
                guard (200...399).contains(status) else { throw refusal(answer, subject).failure }
                return answer
            }
            // A short body is read to its end, so that the connection can be used again.
            _ = try? await response.body.collect(upTo: 16 << 10)
            url = try url.redirected(to: response.headers.first(name: "location"))
        }
        throw CinnabarError(.hub, "\(url.hostAndPort) redirects \(subject) in a circle", hint: "check HF_ENDPOINT")
    }

    /// Runs an exchange with a host; the failures of the connection pass.
    func transfer<Result>(from host: String, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as CinnabarError {
            throw error
        } catch let error as PassingFailure {
            throw error
        } catch {
            try Task.checkCancellation()
            throw PassingFailure(
                error: CinnabarError(
                    .hub,
                    "the connection to \(host) failed",
                    hint: "check the network and HF_ENDPOINT; what has arrived is kept",
                    cause: error
                )
            )
        }
    }

    private func request(
        _ method: HTTPMethod,
        _ url: URL,
        _ headers: HTTPHeaders,
        isHub: Bool
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = method
        request.headers = headers
        request.headers.add(name: "User-Agent", value: "cinnabar")
        // Ranges and lengths are those of the file, not of a compressed form.
        request.headers.add(name: "Accept-Encoding", value: "identity")
        if isHub, let token = settings.token {
            request.headers.add(name: "Authorization", value: "Bearer \(token)")
        }
        return request
    }

    private func refusal(_ answer: Answer, _ subject: String) -> Refusal {
        Refusal(
            status: answer.status,
            headers: answer.headers,
            host: answer.host,
            isHub: answer.isHub,
            subject: subject,
            settings: settings
        )
    }
}

extension TimeAmount {
    fileprivate static func seconds(_ seconds: Double) -> TimeAmount { .nanoseconds(Int64(seconds * 1e9)) }
}
