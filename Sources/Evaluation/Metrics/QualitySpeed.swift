import Foundation

/// One setting of a decoder on a quality-speed curve.
package struct QualitySpeedPoint: Sendable, Codable, Hashable {
    package var label: String
    /// Tokens a forward (TPF).
    package var parallelism: Double
    /// In percent, 0 to 100.
    package var accuracy: Double
    /// Tokens a second, if measured: gains in parallelism can vanish in wall time.
    package var tokensPerSecond: Double?

    package init(label: String, parallelism: Double, accuracy: Double, tokensPerSecond: Double? = nil) {
        self.label = label
        self.parallelism = parallelism
        self.accuracy = accuracy
        self.tokensPerSecond = tokensPerSecond
    }
}

/// Accuracy under parallelism, the area under a quality-speed curve (d3LLM).
///
/// With points sorted by parallelism rho and accuracy y in percent, only those with y >= y_1 - 5, and
/// W(y) = min(exp(-alpha (1 - y / y_max)), 1):
///
///     AUP = rho_1 y_1 + sum over i >= 2 of (rho_i - rho_(i-1)) (y_i W(y_i) + y_(i-1) W(y_(i-1))) / 2
package enum AccuracyUnderParallelism {
    /// - Parameters:
    ///   - best: y_max, the best accuracy of any method on the task, in percent; nil takes the best of these points.
    ///   - alpha: how hard a loss of accuracy is punished.
    ///   - tolerance: points this many percent points below the slowest one, or fewer, count.
    /// - Returns: nil without points, or when a number is negative or not finite.
    package static func value(
        _ points: [QualitySpeedPoint],
        best: Double? = nil,
        alpha: Double = 3,
        tolerance: Double = 5
    ) -> Double? {
        let numbers = points.flatMap { [$0.parallelism, $0.accuracy] } + [best ?? 0, alpha, tolerance]
        guard numbers.allSatisfy({ $0.isFinite && $0 >= 0 }) else { return nil }
        // Of equally parallel points the better one comes first, so that it is y_1.
        let sorted = points.sorted { ($0.parallelism, -$0.accuracy) < ($1.parallelism, -$1.accuracy) }
        guard let slowest = sorted.first else { return nil }
        let top = best ?? points.map(\.accuracy).max() ?? 0
        func weighted(_ accuracy: Double) -> Double {
            // All accuracies are 0 then, and so is the area.
            guard top > 0 else { return 0 }
            return accuracy * min(exp(-alpha * (1 - accuracy / top)), 1)
        }
        let kept = sorted.filter { $0.accuracy >= slowest.accuracy - tolerance }
        return zip(kept, kept.dropFirst()).reduce(slowest.parallelism * slowest.accuracy) { area, pair in
            let width = pair.1.parallelism - pair.0.parallelism
            return area + width * (weighted(pair.1.accuracy) + weighted(pair.0.accuracy)) / 2
        }
    }
}
