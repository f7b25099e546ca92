import Common
import HTTPTypes

/// How a dialect writes an error.
enum ErrorEnvelope: Sendable {
    case openAI, anthropic, ollama, llamaCpp

    /// That of a path, for errors before a route is known.
    init(path: String) {
        self =
            switch path {
            case _ where path.hasPrefix("/api/"): .ollama
            case _ where path.hasPrefix("/v1/messages"): .anthropic
            case "/infill", "/completion", "/completions", "/props", "/slots", "/tokenize", "/detokenize": .llamaCpp
            default: .openAI
            }
    }

    func body(_ error: APIError) -> JSONValue {
        switch self {
        case .openAI:
            return [
                "error": .members([
                    "message": .string(error.message), "type": .string(error.type), "param": JSONValue(error.parameter),
                    "code": JSONValue(error.code), "hint": error.hint.map(JSONValue.string),
                ])
            ]
        case .anthropic:
            return [
                "type": "error",
                "error": ["type": .string(Self.anthropicType(error)), "message": .string(error.message)],
            ]
        case .ollama: return ["error": .string(error.message)]
        case .llamaCpp:
            return [
                "error": [
                    "code": .integer(error.status.code), "message": .string(error.message), "type": .string(error.type),
                ]
            ]
        }
    }

    private static func anthropicType(_ error: APIError) -> String {
        switch error.status.code {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 503, 529: "overloaded_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }
}
