import Cinnabar
import Common
package import HTTPTypes

/// A request that is not answered with a text. Each dialect writes it in its own envelope.
package struct APIError: Error {
    package var status: HTTPResponse.Status
    package var message: String
    /// A word for programs, such as `context_length_exceeded`.
    package var code: String?
    /// The key of the request that is wrong.
    package var parameter: String?
    /// Seconds after which it is worth another try.
    package var retryAfter: Int?
    /// What the client can do about it, where that is not part of the message.
    package var hint: String?

    init(
        _ status: HTTPResponse.Status,
        _ message: String,
        code: String? = nil,
        parameter: String? = nil,
        retryAfter: Int? = nil,
        hint: String? = nil
    ) {
        (self.status, self.message, self.code) = (status, message, code)
        (self.parameter, self.retryAfter, self.hint) = (parameter, retryAfter, hint)
    }

    static func invalid(_ parameter: String?, _ message: String) -> APIError {
        APIError(.badRequest, parameter.map { "'\($0)' \(message)" } ?? "the body \(message)", parameter: parameter)
    }

    static let unauthorized = APIError(
        .unauthorized,
        "no valid API key; send one as 'Authorization: Bearer KEY'",
        code: "invalid_api_key"
    )

    /// What an error of the engine means for the client.
    init(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case is CancellationError:
            self.init(.init(code: 499, reasonPhrase: "Client Closed Request"), "the client has gone")
        case let error as CinnabarError:
            switch error.code {
            case .contextLength:
                self.init(.badRequest, error.description, code: "context_length_exceeded", parameter: "messages")
            case .invalidArgument, .unsupported, .malformed: self.init(.badRequest, error.description)
            case .resource: self.init(.serviceUnavailable, error.description, retryAfter: 1)
            default: self.init(.internalServerError, "an internal error", code: "server_error")
            }
        default: self.init(.internalServerError, "an internal error", code: "server_error")
        }
    }

    /// OpenAI's word for the kind of error.
    var type: String {
        switch status.code {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 429: "rate_limit_error"
        case 500...: "server_error"
        default: "invalid_request_error"
        }
    }
}
