import Foundation

/// Noise that is a pure function of (seed, position, token): the same draw whatever the order, batch or thread in which
/// it is asked for, which is what makes lossless decoding equal autoregressive decoding at every temperature.
///
/// 64 random bits make one value, and both tails are computed from their own end. With float32 uniforms the Gumbel
/// value ends at 16.6 and rare tokens are never drawn (arXiv 2409.02908); here it runs from -3.8 to 45.
package enum CounterNoise {
    private static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// 64 random bits: the token-th output of a SplitMix64 stream whose start depends on seed and position.
    package static func bits(seed: UInt64, position: Int, token: Int) -> UInt64 {
        bits(start: start(seed: seed, position: position), token: token)
    }

    /// Uniform in the open interval (0, 1); the smallest value is 2^-65, the largest 1 - 2^-53.
    package static func uniform(seed: UInt64, position: Int, token: Int) -> Double {
        uniform(bits(seed: seed, position: position, token: token))
    }

    /// Standard Gumbel, -log(-log u), to float64's precision at both ends.
    package static func gumbel(seed: UInt64, position: Int, token: Int) -> Double {
        gumbel(bits(seed: seed, position: position, token: token))
    }

    /// Adds `scale * gumbel(seed, position, token)` to row entry `token`, for all tokens of a row of logits.
    ///
    /// Cost: two logarithms an entry.
    package static func addGumbel(
        to row: UnsafeMutableBufferPointer<Double>,
        scale: Double,
        seed: UInt64,
        position: Int
    ) {
        let start = start(seed: seed, position: position)
        for token in row.indices { row[token] += scale * gumbel(bits(start: start, token: token)) }
    }

    /// The token whose `logit / temperature + gumbel` is largest, the lowest index on a tie: a draw from the softmax. At
    /// temperature 0 the largest logit. Tokens at -infinity or NaN are never chosen; nil if there are no others.
    ///
    /// The same choice as over a row from `addGumbel`, but the logarithms are taken only for the few tokens that can
    /// still win: -log u >= 1 - u, so the noise is at most (leading zeros of ~bits, plus 1) * log 2.
    package static func argmax(
        _ logits: UnsafeBufferPointer<Float>,
        temperature: Double,
        seed: UInt64,
        position: Int
    ) -> Int? {
        precondition(temperature >= 0, "temperature below 0")
        let start = start(seed: seed, position: position)
        let noisy = temperature > 0
        let divisor = noisy ? temperature : 1
        var best = -Double.infinity
        var choice: Int?
        for token in logits.indices {
            var score = Double(logits[token]) / divisor
            if noisy {
                let bits = bits(start: start, token: token)
                // Log 2 rounded up generously, so that rounding cannot turn the bound into a lie.
                let bound = score + Double((~bits).leadingZeroBitCount + 1) * 0.6931472
                guard bound > best else { continue }
                score += gumbel(bits)
            }
            if score > best { (best, choice) = (score, token) }
        }
        return choice
    }

    /// Of 64 random bits: (bits + 1/2) / 2^64, kept below 1.
    package static func uniform(_ bits: UInt64) -> Double {
        min((Double(bits) + 0.5) * 0x1p-64, 1.0.nextDown)
    }

    /// Of 64 random bits; rises with them.
    package static func gumbel(_ bits: UInt64) -> Double {
        // u = (bits + 1/2) / 2^64. Below a half log(u) is accurate; above it, 1 - u is what the bits give exactly.
        let exponential = bits >> 63 == 0 ? -log(uniform(bits)) : -log1p(-(Double(~bits) + 0.5) * 0x1p-64)
        return -log(exponential)
    }

    private static func start(seed: UInt64, position: Int) -> UInt64 {
        SplitMix64.mix(SplitMix64.mix(seed &+ golden) &+ golden &* (UInt64(bitPattern: Int64(position)) &+ 1))
    }

    private static func bits(start: UInt64, token: Int) -> UInt64 {
        SplitMix64.mix(start &+ golden &* (UInt64(bitPattern: Int64(token)) &+ 1))
    }
}
