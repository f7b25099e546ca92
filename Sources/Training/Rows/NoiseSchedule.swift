import Foundation

/// Noise levels of canvases.
package enum NoiseSchedule {
    /// Inverse distribution function of Beta(2, 2) stretched to [0.05, 1]: mid levels most often, since very low and very
    /// high ones teach little (algorithms.md A2).
    package static func bell(_ u: Double) -> Double {
        0.05 + 0.95 * (0.5 - sin(asin(1 - 2 * u) / 3))
    }

    /// Level of canvas `n` of `count`, in [0, 1): one in each of `count` equal strata, all at the same place of theirs,
    /// so that the levels' distribution function is off by less than 1 / count (GIDD; algorithms.md A2).
    ///
    /// - Parameter phase: the place in the stratum, in [0, 1).
    package static func level(_ n: Int, of count: Int, phase: Double) -> Double {
        (Double(n) + phase) / Double(max(1, count))
    }

    /// Point `n` of a sequence on [0, 1) that starts at `offset`: steps of the golden ratio, so that any run of points
    /// covers the interval evenly.
    package static func lowDiscrepancy(_ n: Int, offset: Double) -> Double {
        // 32 bits are plenty and leave the product its fraction.
        (offset + Double(n & 0xFFFF_FFFF) * 0.618_033_988_749_894_9).truncatingRemainder(dividingBy: 1)
    }

    /// max(1, round(t·length)) masks.
    package static func maskCount(_ t: Double, length: Int) -> Int {
        min(length, max(1, Int((t * Double(length)).rounded())))
    }
}
