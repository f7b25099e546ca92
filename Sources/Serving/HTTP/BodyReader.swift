import Common
import Foundation
import Hummingbird
import HummingbirdCore
import NIOCore

/// Reads the body of a request within bounds of size and time.
struct BodyReader: Sendable {
    let mostBytes: Int
    let time: Duration

    /// - Throws: 413, 408, or 400 for what is no JSON.
    func json(_ request: Request) async throws -> JSONValue {
        let buffer = try await collect(request)
        do {
            return try JSONValue(json: Data(buffer.readableBytesView), name: "the body")
        } catch let error as CinnabarError {
            throw APIError(.badRequest, error.description)
        }
    }

    private func collect(_ request: Request) async throws -> ByteBuffer {
        let tooLarge = APIError(
            .contentTooLarge,
            "the body has more than \(mostBytes) bytes",
            code: "request_too_large"
        )
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > mostBytes { throw tooLarge }
        let body = request.body
        return try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
            group.addTask { [mostBytes] in
                do {
                    return try await body.collect(upTo: mostBytes)
                } catch is NIOTooManyBytesError {
                    throw tooLarge
                }
            }
            group.addTask { [time] in
                try await Task.sleep(for: time)
                throw APIError(.requestTimeout, "the body did not arrive within \(time)")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? ByteBuffer()
        }
    }
}
