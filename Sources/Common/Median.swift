extension [Double] {
    /// The middle value, or the mean of the two in the middle; nil for no values.
    package var median: Double? {
        let sorted = sorted()
        guard !sorted.isEmpty else { return nil }
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
