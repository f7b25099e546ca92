import Common

/// A share of successes with its 95% interval.
package struct Rate: Sendable, Codable, Hashable {
    package var successes: Int
    package var count: Int
    /// successes / count; 0 when there is nothing to count.
    package var value: Double
    /// Ends of the Wilson score interval at 95%, in [0, 1].
    package var low: Double
    package var high: Double

    /// Wilson (1927): for p = successes / n and z = 1.96, (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).
    package init(successes: Int, count: Int) {
        precondition(successes >= 0 && successes <= count, "a rate needs 0 <= successes <= count")
        self.successes = successes
        self.count = count
        guard count > 0 else {
            (value, low, high) = (0, 0, 1)
            return
        }
        let z = 1.959963984540054
        let n = Double(count)
        let p = Double(successes) / n
        let centre = p + z * z / (2 * n)
        let spread = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        let scale = 1 + z * z / n
        value = p
        // At the ends the formula is exact, its rounding is not.
        low = successes == 0 ? 0 : max(0, (centre - spread) / scale)
        high = successes == count ? 1 : min(1, (centre + spread) / scale)
    }

    package init(_ outcomes: some Sequence<Bool>) {
        var (successes, count) = (0, 0)
        for outcome in outcomes {
            count += 1
            if outcome { successes += 1 }
        }
        self.init(successes: successes, count: count)
    }
}

/// Two modes on the same tasks.
package struct PairedComparison: Sendable, Codable, Hashable {
    package var first: String
    package var second: String
    /// Tasks that both, only one, or neither passes: the table of McNemar's test.
    package var both: Int
    package var onlyFirst: Int
    package var onlySecond: Int
    package var neither: Int
    /// Pass rate of the first minus that of the second, in [-1, 1].
    package var difference: Double
    /// Ends of its 95% interval: percentiles of the paired bootstrap over tasks.
    package var low: Double
    package var high: Double
    package var resamples: Int
    package var seed: UInt64

    /// - Parameters:
    ///   - firstPassed, secondPassed: one entry a task, in the same order.
    ///   - resamples: at least 1.
    /// - Throws: `invalidArgument` when the tasks do not pair.
    package init(
        _ first: String,
        _ firstPassed: [Bool],
        _ second: String,
        _ secondPassed: [Bool],
        resamples: Int = 10_000,
        seed: UInt64 = 0
    ) throws {
        guard firstPassed.count == secondPassed.count, !firstPassed.isEmpty, resamples >= 1 else {
            throw CinnabarError(
                .invalidArgument,
                "cannot compare \(firstPassed.count) tasks of '\(first)' with \(secondPassed.count) of '\(second)' "
                    + "by \(resamples) resamples",
                hint: "both need the same tasks, at least one, and at least one resample"
            )
        }
        self.first = first
        self.second = second
        self.resamples = resamples
        self.seed = seed
        let pairs = zip(firstPassed, secondPassed)
        both = pairs.count { $0 && $1 }
        onlyFirst = pairs.count { $0 && !$1 }
        onlySecond = pairs.count { !$0 && $1 }
        neither = pairs.count { !$0 && !$1 }
        difference = Double(onlyFirst - onlySecond) / Double(firstPassed.count)
        let differences = pairs.map { ($0 ? 1 : 0) - ($1 ? 1 : 0) }
        (low, high) = Self.interval(differences, resamples: resamples, seed: seed)
    }

    /// The 2.5th and 97.5th percentile (nearest rank) of the mean of as many draws with replacement.
    private static func interval(_ values: [Int], resamples: Int, seed: UInt64) -> (Double, Double) {
        var random = SplitMix64(seed: seed)
        var sums: [Int] = []
        sums.reserveCapacity(resamples)
        for _ in 0..<resamples {
            var sum = 0
            for _ in 0..<values.count { sum += values[Int.random(in: 0..<values.count, using: &random)] }
            sums.append(sum)
        }
        sums.sort()
        func percentile(_ share: Double) -> Double {
            let rank = Int((share * Double(resamples)).rounded(.up)) - 1
            return Double(sums[min(max(0, rank), resamples - 1)]) / Double(values.count)
        }
        return (percentile(0.025), percentile(0.975))
    }
}
