import Checkpoints
import Common
import Testing

@Suite struct HalfPrecisionTests {
    /// The nearest bfloat16 found the slow way: both neighbours in exact arithmetic, the even one on a tie.
    private func oracle(_ value: Float) -> UInt16 {
        let down = UInt16(value.bitPattern >> 16)
        let up = down + 1
        let low = Double(Float(bitPattern: UInt32(down) << 16))
        // Beyond the largest bfloat16 the next step is where 2^128 would be.
        let high =
            up & 0x7FFF == 0x7F80 ? (value < 0 ? -0x1p128 : 0x1p128) : Double(Float(bitPattern: UInt32(up) << 16))
        let (toLow, toHigh) = (abs(Double(value) - low), abs(Double(value) - high))
        if toLow == toHigh { return down & 1 == 0 ? down : up }
        return toLow < toHigh ? down : up
    }

    @Test func roundsLikeTheOracle() {
        var random = SplitMix64(seed: 21)
        var patterns = (0..<300_000).map { _ in UInt32(truncatingIfNeeded: random.next()) }
        // Every exponent and sign with ties and their neighbours.
        for top in UInt32(0)..<0x1_0000 where top % 7 == 0 || top & 0x7F >= 0x7E {
            patterns += [0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF].map { top << 16 | $0 }
        }
        for pattern in patterns {
            let value = Float(bitPattern: pattern)
            let rounded = HalfPrecision.bfloat16(value)
            if value.isNaN {
                #expect(HalfPrecision.float(bfloat16: rounded).isNaN)
                #expect(rounded >> 15 == UInt16(pattern >> 31))
            } else if value.isInfinite {
                #expect(rounded == UInt16(pattern >> 16))
            } else if rounded != oracle(value) {
                Issue.record("\(value): \(rounded), expected \(oracle(value))")
            }
        }
    }

    @Test func everyBfloat16ComesBack() {
        for bits in UInt16.min ... .max {
            let value = HalfPrecision.float(bfloat16: bits)
            if value.isNaN {
                #expect(HalfPrecision.bfloat16(value) == bits | 0x40)
            } else {
                #expect(HalfPrecision.bfloat16(value) == bits)
            }
        }
    }

    @Test func everyFloat16IsExact() {
        for bits in UInt16.min ... .max {
            let (ours, theirs) = (HalfPrecision.float(float16: bits), Float(Float16(bitPattern: bits)))
            #expect(ours.isNaN ? theirs.isNaN : ours.bitPattern == theirs.bitPattern)
        }
    }

    @Test func roundsToFloat16LikeTheProcessor() {
        var random = SplitMix64(seed: 22)
        var patterns = (0..<300_000).map { _ in UInt32(truncatingIfNeeded: random.next()) }
        // Every float16 with ties above it and their neighbours; around the ends of the range.
        for bits in UInt16.min ... .max where bits % 3 == 0 || bits & 0x3FF >= 0x3FE || bits & 0x7FFF < 0x500 {
            let value = HalfPrecision.float(float16: bits).bitPattern
            patterns += [0, 1, 0xFFF, 0x1000, 0x1001, 0x1FFF].map { value &+ $0 }
        }
        for bits in UInt16(0)..<0x400 {
            let middle = (Double(bits) + 0.5) * 0x1p-24
            patterns += [Float(middle), Float(middle).nextUp, Float(middle).nextDown].map(\.bitPattern)
        }
        for pattern in patterns {
            let value = Float(bitPattern: pattern)
            let (ours, theirs) = (HalfPrecision.float16(value), Float16(value).bitPattern)
            if value.isNaN {
                #expect(HalfPrecision.float(float16: ours).isNaN)
            } else if ours != theirs {
                Issue.record("\(value): \(ours), expected \(theirs)")
            }
        }
    }
}
