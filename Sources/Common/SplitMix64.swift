import Foundation

/// A small, fast, seedable generator whose whole state is one integer, so that it can be stored in a checkpoint.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
package struct SplitMix64: RandomNumberGenerator, Sendable, Codable, Hashable {
    package var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return SplitMix64.mix(state)
    }

    /// Uniform in [0, 1) with 53 random bits.
    package mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Standard normal by Box and Muller; two uniforms a call.
    package mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }

    /// A generator for a numbered sub-stream: the same (seed, index) always gives the same numbers.
    package static func stream(seed: UInt64, _ index: UInt64...) -> SplitMix64 {
        SplitMix64(
            seed: index.reduce(mix(seed ^ 0x6A09_E667_F3BC_C908)) { mix($0 &+ 0x9E37_79B9_7F4A_7C15 &* ($1 &+ 1)) }
        )
    }

    /// The finaliser: a bijection of 64 bits in which each input bit changes about half of the output bits.
    package static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
