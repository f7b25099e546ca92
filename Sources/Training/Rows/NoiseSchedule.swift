import Foundation

/// Noise levels of canvases.
package enum NoiseSchedule {
    /// Inverse distribution function of Beta(2, 2) stretched to [0.05, 1]: mid levels most often, since very low and very
    /// high ones teach little (algorithms.md A2).
    package static func bell(_ u: Double) -> Double {
        0.05 + 0.95 * (0.5 - sin(asin(1 - 2 * u) / 3))
    }

    /// Point `n` of a low-discrepancy sequence on [0, 1) that starts at `offset`: steps of the golden ratio, so that any
    /// run of canvases covers the levels evenly.
    package static func lowDiscrepancy(_ n: Int, offset: Double) -> Double {
        (offset + Double(n) * 0.618_033_988_749_894_9).truncatingRemainder(dividingBy: 1)
    }

    /// max(1, round(t·length)) masks.
    package static func maskCount(_ t: Double, length: Int) -> Int {
        min(length, max(1, Int((t * Double(length)).rounded())))
    }
}
