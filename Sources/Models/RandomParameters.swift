import Common

/// Weights of a network that nobody trained, to time its shape: matrices are uniform with the variance that keeps
/// activations at their size, everything else is 1.
package struct RandomParameters: ParameterSource {
    package let configuration: ModelConfiguration
    private let layout: ParameterLayout
    private let seed: UInt64

    package init(_ configuration: ModelConfiguration, seed: UInt64 = 1) {
        self.configuration = configuration
        self.seed = seed
        layout = ParameterLayout(configuration)
    }

    /// The same for the same range; not a part of the values of a longer one.
    package func values(_ range: Range<Int>) throws(Never) -> [Float] {
        let tensor = layout.tensors[layout.index(at: range.lowerBound)]
        guard tensor.isMatrix else { return [Float](repeating: 1, count: range.count) }
        let scale = (3 / Float(tensor.shape[1])).squareRoot() * 0x1p-31
        var random = SplitMix64(seed: seed &+ UInt64(range.lowerBound))
        return [Float](unsafeUninitializedCapacity: range.count) { buffer, initialized in
            var i = 0
            while i < range.count {
                let word = random.next()
                buffer[i] = Float(Int32(truncatingIfNeeded: word)) * scale
                if i + 1 < range.count { buffer[i + 1] = Float(Int32(truncatingIfNeeded: word >> 32)) * scale }
                i += 2
            }
            initialized = range.count
        }
    }
}
