import CKernels
package import Common
import Foundation
import Kernels

/// One row of logits, reduced. Natural logarithms; the order of the sums depends on the row and the instruction set only.
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
        guard let base = logits.baseAddress else { return nil }
        var row = ck_row_statistics()
        KernelTable.active.functions.pointee.statistics(&row, base, logits.count)
        // A NaN among the logits poisons the sum, and only then the row is cleaned and reduced again.
        if row.log_sum_exp.isNaN, row.max > -.infinity, row.max < .infinity {
            let cleaned = logits.map { $0.isNaN ? -.infinity : $0 }
            KernelTable.active.functions.pointee.statistics(&row, cleaned, cleaned.count)
        }
        guard row.log_sum_exp.isFinite else { return nil }
        argmax = row.argmax
        logSumExp = Double(row.log_sum_exp)
        maximum = min(1, exp(Double(row.max) - logSumExp))
        second = row.second > -.infinity ? min(maximum, exp(Double(row.second) - logSumExp)) : 0
        entropy = Double(row.entropy)
    }

    /// Probability of a token of the row with this logit.
    package func probability(_ logit: Float) -> Double {
        logit > -.infinity ? exp(Double(logit) - logSumExp) : 0
    }
}
