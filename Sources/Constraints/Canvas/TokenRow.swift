package import Common
import Foundation

/// What the network says of one position: its most probable tokens by name, the others on demand.
///
/// No token is impossible here: a logit of minus infinity counts as e^-300. What is possible is the constraint's to say, and
/// it must be able to insist.
package final class TokenRow: Sendable {
    /// Descending by probability, the smaller token first among equals.
    package let tokens: [TokenID]
    /// Their probabilities.
    package let probabilities: [Double]
    /// The whole row, if there is one.
    private let logits: ArraySlice<Float>
    private let scale: Double
    private let logSumExp: Double
    /// Probability of a token that neither names.
    private let rest: Double

    /// - Parameters:
    ///   - logits: one for each token of the vocabulary; NaN counts as minus infinity.
    ///   - temperature: divides the logits; above 0.
    ///   - logSumExp: of the logits at temperature 1, if the caller has it.
    ///   - candidates: how many tokens are named; all makes inference exact.
    /// - Cost: one pass over the logits; another with an exponential each if `logSumExp` is nil or the temperature not 1.
    package init(logits: ArraySlice<Float>, temperature: Double = 1, logSumExp: Double? = nil, candidates: Int = 32) {
        precondition(temperature > 0, "temperature of a row is not above 0")
        let top = logits.withUnsafeBufferPointer { TopTokens($0, count: candidates).sorted }
        let scale = 1 / temperature
        var total = logSumExp ?? 0
        if logSumExp == nil || temperature != 1 {
            let most = top.first.map { Double($0.logit) * scale } ?? 0
            let peak = most.isFinite ? most : 0
            let sum = logits.reduce(0.0) { $0 + ($1 > -.infinity ? exp(Double($1) * scale - peak) : 0) }
            total = sum > 0 ? peak + log(sum) : 0
        }
        (self.logits, self.scale, self.logSumExp) = (logits, scale, total)
        rest = ScaledProbability.leastWeight
        tokens = top.map(\.token)
        probabilities = top.map { [total] in Self.weight(Double($0.logit) * scale - total) }
    }

    /// A row of which only the most probable tokens are known.
    ///
    /// - Parameters:
    ///   - tokens: by descending probability, each at most once.
    ///   - rest: probability of each token that is not named.
    package init(tokens: [TokenID], logProbabilities: [Float], rest: Double) {
        precondition(tokens.count == logProbabilities.count, "a token without a probability")
        self.tokens = tokens
        probabilities = logProbabilities.map { Self.weight(Double($0)) }
        (logits, scale, logSumExp) = ([], 1, 0)
        self.rest = min(1, max(rest, ScaledProbability.leastWeight))
    }

    func probability(of token: TokenID) -> Double {
        let index = logits.startIndex + Int(token)
        if token >= 0, index < logits.endIndex { return Self.weight(Double(logits[index]) * scale - logSumExp) }
        return tokens.firstIndex(of: token).map { probabilities[$0] } ?? rest
    }

    /// The most probable of some tokens that are not named, the first of equals.
    func best(of tokens: ArraySlice<TokenID>) -> TokenID {
        var best = tokens[tokens.startIndex]
        guard !logits.isEmpty else { return best }
        for token in tokens where logit(token) > logit(best) { best = token }
        return best
    }

    private func logit(_ token: TokenID) -> Float {
        let index = logits.startIndex + Int(token)
        return index < logits.endIndex ? logits[index] : -.infinity
    }

    private static func weight(_ logProbability: Double) -> Double {
        logProbability > -300 ? min(1, exp(logProbability)) : ScaledProbability.leastWeight
    }
}
