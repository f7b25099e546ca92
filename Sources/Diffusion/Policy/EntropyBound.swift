/// Which masks to accept together (EB-sampler; algorithms.md B4).
///
/// The joint entropy of a set is at least its largest marginal entropy, so `sum H - max H` bounds the error (KL) of
/// writing the set from its marginals. Taken in order of rising entropy the largest admissible set is a prefix.
package enum EntropyBound {
    /// - Returns: how many of the entropies, in nats and ascending, may be accepted together; at least 1 if there is one.
    package static func accept(ascending entropies: [Double], gamma: Double) -> Int {
        // The last one accepted is the largest, so the sum runs over those before it.
        var others = 0.0
        var count = 0
        for entropy in entropies {
            guard others <= gamma else { break }
            count += 1
            others += entropy
        }
        return count
    }
}
