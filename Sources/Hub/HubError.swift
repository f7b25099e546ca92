package import Common
import Foundation
import NIOHTTP1

extension CinnabarError.Code {
    /// A hub refuses, fails or says what no hub says.
    package static let hub = CinnabarError.Code("hub")
}

/// An answer of a hub that is not what was asked for, in words.
struct Refusal {
    let status: Int
    let headers: HTTPHeaders
    /// The host that answered.
    let host: String
    /// False for a host that the hub redirected to.
    let isHub: Bool
    /// What was asked for: `config.json of ORG/NAME`.
    let subject: String
    let settings: HubSettings

    /// A `PassingFailure` or a `CinnabarError`.
    var failure: any Error {
        guard isHub else {
            // A signed address that is no longer good: the hub gives a new one.
            return PassingFailure(error: error("\(host) does not give \(subject)", passes))
        }
        switch status {
        case 401:
            return settings.token == nil
                ? error("\(host) asks who you are before it gives \(subject)", "check the name, or set HF_TOKEN")
                : error("\(host) does not accept the token for \(subject)", "check HF_TOKEN, --token or the token file")
        case 403:
            return error(
                "\(host) does not give \(subject) to \(settings.token == nil ? "strangers" : "the owner of the token")",
                "accept the conditions on the model's page, or take a token that may read it"
            )
        case 404: return missing
        case 429: return PassingFailure(error: error("\(host) has had too many requests", passes), pause: pause)
        case 408, 500...599:
            return PassingFailure(error: error("\(host) fails at \(subject)", passes), pause: pause)
        default:
            return error("\(host) does not give \(subject)", "is HF_ENDPOINT a hub of Hugging Face's kind?")
        }
    }

    private var passes: String { "try later; what has arrived is kept" }

    private var missing: CinnabarError {
        switch headers.first(name: "x-error-code") {
        case "RevisionNotFound": error("\(host) has no such revision: \(subject)", "check the spelling of --revision")
        case "EntryNotFound": error("\(host) has no \(subject)", "the repository changed meanwhile; pull again")
        default: error("\(host) has no \(subject)", "check the spelling of ORG/NAME")
        }
    }

    /// Seconds to wait, by `Retry-After: 30` or `RateLimit: "api";r=0;t=30`.
    private var pause: Double? {
        if let text = headers.first(name: "retry-after"), let seconds = Double(text) { return Self.sensible(seconds) }
        let fields = headers.first(name: "ratelimit")?.split(separator: ";") ?? []
        for field in fields {
            let pair = field.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if pair.count == 2, pair[0] == "t" { return Double(pair[1]).flatMap(Self.sensible) }
        }
        return nil
    }

    private static func sensible(_ seconds: Double) -> Double? { seconds >= 0 ? min(seconds, 1e9) : nil }

    private func error(_ message: String, _ hint: String) -> CinnabarError {
        let said = headers.first(name: "x-error-message").map { ": " + $0.prefix(200) } ?? ""
        return CinnabarError(.hub, "\(message) (\(status)\(said))", hint: hint)
    }
}
