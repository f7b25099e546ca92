import Foundation
package import Kernels

/// Cosines and sines of rotary position embeddings (Su et al., RoFormer, 2021), half-split pairing as in Llama and Qwen.
package enum RotaryTable {
    /// `positions × width` floats: for each position `width/2` cosines, then `width/2` sines.
    package static func make(
        positions: Int,
        width: Int,
        theta: Double,
        scaling: RotaryScaling? = nil
    ) -> FloatBuffer {
        let table = FloatBuffer(count: positions * width)
        let half = width / 2
        let plain = (0..<half).map { pow(theta, -2 * Double($0) / Double(width)) }
        let frequencies = scaling?.scale(plain, theta: theta) ?? plain
        let amplitude = scaling?.amplitude ?? 1
        for position in 0..<positions {
            for i in 0..<half {
                let angle = Double(position) * frequencies[i]
                table.base[position * width + i] = Float(amplitude * cos(angle))
                table.base[position * width + half + i] = Float(amplitude * sin(angle))
            }
        }
        return table
    }
}
