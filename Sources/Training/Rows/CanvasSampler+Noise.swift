import Common
import Foundation

extension CanvasSampler {
    /// Which positions are masked, and the chance of each visible one to be wrong.
    struct Noise {
        var masked: [Bool]
        var replaced = 0.0
    }

    /// Noise for `length` tokens; at least one is masked, but in practice for editing.
    mutating func drawNoise(length: Int, level u: Double) -> Noise {
        let editing = max(
            0,
            1 - options.exactCount - options.positionDependent - options.allMasked - options.contiguous
        )
        if let ceiling = options.noiseCeiling {
            let masked = choose(NoiseSchedule.maskCount(ceiling * u, length: length), of: length)
            return Noise(masked: masked, replaced: replacementRate(chance: options.corrupted))
        }
        let t = NoiseSchedule.bell(u)
        let count = NoiseSchedule.maskCount(t, length: length)
        var pick = random.uniform()
        if pick < editing {
            let few = Int((0.1 * random.uniform() * Double(length)).rounded())
            // Without masks and without errors there would be nothing to do.
            return Noise(masked: choose(few, of: length), replaced: replacementRate(chance: 1))
        }
        pick -= editing
        let chance = editing < 1 ? (options.corrupted - editing) / (1 - editing) : 0
        var noise = Noise(masked: [], replaced: replacementRate(chance: chance))
        if pick < options.exactCount {
            noise.masked = choose(count, of: length)
        } else if pick < options.exactCount + options.positionDependent {
            // At low noise the masks sit late, as left-to-right decoding leaves them (algorithms.md A8, half-life 0.25).
            let slope = log(2) / (0.25 * Double(length)) * (1 - t)
            noise.masked = choose(count, of: length, slope: slope)
        } else if pick < options.exactCount + options.positionDependent + options.allMasked {
            noise.masked = Array(repeating: true, count: length)
        } else {
            // One hole with text on both sides; its length is geometric with a mean of a third.
            let size = max(1, min(length, Int((-log(1 - random.uniform()) * Double(length) / 3).rounded(.up))))
            let first = Int.random(in: 0...length - size, using: &random)
            noise.masked = (0..<length).map { $0 >= first && $0 < first + size }
        }
        return noise
    }

    private mutating func replacementRate(chance: Double) -> Double {
        random.uniform() < chance ? random.uniform() * options.largestReplacement : 0
    }

    /// Exactly `count` of `length` positions, drawn without replacement with log weight `slope`·i (Gumbel top-k).
    private mutating func choose(_ count: Int, of length: Int, slope: Double = 0) -> [Bool] {
        let scores = (0..<length).map { slope * Double($0) - log(-log(max(random.uniform(), 1e-300))) }
        var masked = [Bool](repeating: false, count: length)
        for i in (0..<length).sorted(by: { scores[$0] > scores[$1] }).prefix(count) { masked[i] = true }
        return masked
    }
}
