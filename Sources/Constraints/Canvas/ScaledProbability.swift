import Foundation

/// A probability that may be too small for a Double: mantissa * 2^(512 * exponent).
///
/// Along a canvas, probabilities of single tokens multiply; what a constraint forces may be most unlikely at every place,
/// and must not become impossible by rounding to 0.
struct ScaledProbability: Comparable {
    private var mantissa: Double
    private var exponent: Int

    /// Smallest weight of one token, e^-300: a product of a mantissa and this is still a normal number.
    static let leastWeight = exp(-300.0)

    static let zero = ScaledProbability(mantissa: 0, exponent: Int.min / 2)
    static let one = ScaledProbability(mantissa: 1, exponent: 0)

    private init(mantissa: Double, exponent: Int) { (self.mantissa, self.exponent) = (mantissa, exponent) }

    var isZero: Bool { mantissa == 0 }

    /// Natural logarithm.
    var logarithm: Double { isZero ? -.infinity : log(mantissa) + Double(exponent) * 512 * log(2) }

    /// - Parameter weight: 0, or from `leastWeight` to about 1.
    @inline(__always)
    static func * (a: ScaledProbability, weight: Double) -> ScaledProbability {
        let product = a.mantissa * weight
        if product == 0 { return .zero }
        if product < 0x1p-512 { return ScaledProbability(mantissa: product * 0x1p512, exponent: a.exponent - 1) }
        return ScaledProbability(mantissa: product, exponent: a.exponent)
    }

    @inline(__always)
    static func + (a: ScaledProbability, b: ScaledProbability) -> ScaledProbability {
        let (large, small) = a.exponent >= b.exponent ? (a, b) : (b, a)
        var sum = large
        switch large.exponent - small.exponent {
        case 0: sum.mantissa += small.mantissa
        case 1: sum.mantissa += small.mantissa * 0x1p-512
        default: break
        }
        if sum.mantissa >= 1, sum.exponent < 0 {
            sum.mantissa *= 0x1p-512
            sum.exponent += 1
        }
        return sum
    }

    @inline(__always)
    static func < (a: ScaledProbability, b: ScaledProbability) -> Bool {
        (a.exponent, a.mantissa) < (b.exponent, b.mantissa)
    }

    /// Of a part and its whole: from 0 to 1.
    @inline(__always)
    static func / (part: ScaledProbability, whole: ScaledProbability) -> Double {
        if part.isZero { return 0 }
        return switch part.exponent - whole.exponent {
        case 1: part.mantissa / whole.mantissa * 0x1p512
        case 0: part.mantissa / whole.mantissa
        case -1: part.mantissa / whole.mantissa * 0x1p-512
        default: 0
        }
    }
}
