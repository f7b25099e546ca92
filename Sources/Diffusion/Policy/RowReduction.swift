package import Common
import Foundation

/// One row of logits, reduced. Natural logarithms; float64 sums in ascending order of the token, so that the result
/// depends on the row only.
package struct RowReduction: Sendable, Hashable {
    /// Most probable token; the smallest id among equals, here and everywhere.
    package var argmax: TokenID
    /// Probability of `argmax`.
    package var maximum: Double
    /// Probability of the runner-up; 0 if there is none.
    package var second: Double
    /// Nats.
    package var entropy: Double
    package var logSumExp: Double

    /// Reduces a row. NaN and minus infinity count as impossible.
    ///
    /// - Returns: nil if no token is possible, or if a logit is plus infinity.
    package init?(_ logits: UnsafeBufferPointer<Float>) {
        var best = -Float.infinity
        var runnerUp = -Float.infinity
        var argmax = -1
        for index in logits.indices {
            let logit = logits[index]
            if logit > best {
                (runnerUp, best, argmax) = (best, logit, index)
            } else if logit > runnerUp {
                runnerUp = logit
            }
        }
        guard argmax >= 0, best < .infinity else { return nil }
        let top = Double(best)
        var sum = 0.0
        var weighted = 0.0
        for logit in logits where logit > -.infinity {
            let shifted = Double(logit) - top
            let weight = exp(shifted)
            sum += weight
            weighted += weight * shifted
        }
        let logSum = log(sum)
        self.argmax = TokenID(argmax)
        maximum = 1 / sum
        second = runnerUp > -.infinity ? exp(Double(runnerUp) - top) / sum : 0
        entropy = max(0, logSum - weighted / sum)
        logSumExp = top + logSum
    }

    /// Probability of a token of the row with this logit.
    package func probability(_ logit: Float) -> Double {
        logit > -.infinity ? exp(Double(logit) - logSumExp) : 0
    }
}
