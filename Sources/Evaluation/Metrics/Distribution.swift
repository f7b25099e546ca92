/// Mean, median and 95th percentile of measured values.
package struct Distribution: Sendable, Codable, Hashable {
    package var count: Int
    package var mean: Double
    /// By nearest rank, as is `p95`.
    package var median: Double
    package var p95: Double

    /// Nil for no values.
    package init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        func percentile(_ share: Double) -> Double {
            sorted[max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
        }
        count = sorted.count
        mean = sorted.reduce(0, +) / Double(sorted.count)
        median = percentile(0.5)
        p95 = percentile(0.95)
    }
}
