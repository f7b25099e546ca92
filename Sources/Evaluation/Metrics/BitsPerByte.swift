import Foundation

/// Sums of a loss over text, comparable between tokenizers.
package struct BitsPerByte: Sendable, Codable, Hashable {
    /// Negative log-likelihood, or a bound of it, in nats.
    package private(set) var nats = 0.0
    package private(set) var tokens = 0
    /// Bytes of UTF-8 that the tokens stand for.
    package private(set) var bytes = 0

    package init() {}

    /// - Parameters:
    ///   - nats: the sum over the tokens; may be infinite, which makes the result so.
    ///   - tokens, bytes: at least 0.
    package mutating func add(nats: Double, tokens: Int, bytes: Int) {
        precondition(tokens >= 0 && bytes >= 0, "counts cannot be negative")
        self.nats += nats
        self.tokens += tokens
        self.bytes += bytes
    }

    package mutating func add(_ other: BitsPerByte) {
        add(nats: other.nats, tokens: other.tokens, bytes: other.bytes)
    }

    /// nats / (bytes ln 2); nil without bytes.
    package var value: Double? { bytes > 0 ? nats / (Double(bytes) * log(2)) : nil }
    /// nats / tokens; nil without tokens.
    package var natsPerToken: Double? { tokens > 0 ? nats / Double(tokens) : nil }
    /// exp(nats / tokens); nil without tokens.
    package var perplexity: Double? { natsPerToken.map(exp) }
    /// How much text a token stands for; nil without tokens.
    package var bytesPerToken: Double? { tokens > 0 ? Double(bytes) / Double(tokens) : nil }
}
