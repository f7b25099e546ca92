package import Common
import Foundation

/// The tokens before a place, as far as penalties care.
package struct SeenTokens {
    private let prompt: Set<TokenID>
    private var counts: [TokenID: Int] = [:]
    private let isCounting: Bool

    /// - Parameter prompt: its tokens.
    package init(prompt: Set<TokenID>, text: some Sequence<TokenID>, for sampling: Sampling) {
        self.prompt = prompt
        isCounting = sampling.penalizes
        if isCounting { for token in text { counts[token, default: 0] += 1 } }
    }

    package mutating func add(_ token: TokenID) { if isCounting { counts[token, default: 0] += 1 } }

    /// A place is not penalised for its own token.
    mutating func remove(_ token: TokenID) {
        guard isCounting, let count = counts[token] else { return }
        counts[token] = count > 1 ? count - 1 : nil
    }

    fileprivate func forEach(_ body: (_ token: TokenID, _ count: Int) -> Void) {
        for (token, count) in counts { body(token, count) }
        for token in prompt where counts[token] == nil { body(token, 0) }
    }
}

extension Sampling {
    /// The tokens of a prompt that a penalty is for.
    package func penalized(_ prompt: [TokenID]) -> Set<TokenID> { repetitionPenalty == 1 ? [] : Set(prompt) }

    /// Applies bias and penalties to a row. No token becomes impossible.
    package func shift(_ logits: UnsafeMutableBufferPointer<Float>, seen: SeenTokens) {
        if penalizes {
            let repetition = Float(repetitionPenalty)
            seen.forEach { token, count in
                var logit = logits[Int(token)]
                logit = logit > 0 ? logit / repetition : logit * repetition
                if count > 0 { logit -= Float(presencePenalty + frequencyPenalty * Double(count)) }
                logits[Int(token)] = logit
            }
        }
        for (token, bias) in logitBias { logits[token] += Float(bias) }
    }

    /// Makes the tokens of a row impossible that are not drawn from; the best one stays.
    package func narrow(_ logits: UnsafeMutableBufferPointer<Float>, temperature: Double) {
        guard narrows, temperature > 0 else { return }
        let best = logits.reduce(-Float.infinity) { $1 > $0 ? $1 : $0 }
        guard best.isFinite else { return }
        var least = minP > 0 ? best + Float(temperature * log(minP)) : -.infinity
        if topK != nil || topP < 1 { least = max(least, leastOfNucleus(logits, best, temperature)) }
        // Rounding must not take the best one.
        least = min(least, best)
        for index in logits.indices where !(logits[index] >= least) { logits[index] = -.infinity }
    }

    /// The smallest logit among the best `topK`, and the nucleus of those.
    private func leastOfNucleus(
        _ logits: UnsafeMutableBufferPointer<Float>,
        _ best: Float,
        _ temperature: Double
    ) -> Float {
        func weight(_ logit: Float) -> Double { logit > -.infinity ? exp(Double(logit - best) / temperature) : 0 }
        // Tokens ten million times less probable than the best are ranked only where the others are too few.
        var ranked = logits.filter { $0 >= best - Float(16 * temperature) }
        if let topK, topK > ranked.count { ranked = logits.filter { $0 > -.infinity } }
        ranked.sort(by: >)
        let isCut = topK.map { $0 <= ranked.count } ?? false
        if isCut, let topK { ranked.removeLast(ranked.count - topK) }
        guard topP < 1 else { return ranked.last ?? best }
        let wanted = topP * (isCut ? ranked : Array(logits)).reduce(0) { $0 + weight($1) }
        var mass = 0.0
        for logit in ranked {
            mass += weight(logit)
            if mass >= wanted { return logit }
        }
        return isCut ? ranked.last ?? best : -.infinity
    }
}
