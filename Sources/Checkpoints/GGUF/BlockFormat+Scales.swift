/// Where the formats keep their scales. Those of few bits are multiples of one float16 (`d`) of the block.
extension BlockFormat {
    /// One scale.
    static func scale(at offset: Int) -> ReadScales {
        { block, scales, _ in scales[0] = half(block, offset) }
    }

    /// A scale and a number that is added.
    static let scaleAndOffset: ReadScales = { block, scales, minima in
        scales[0] = half(block, 0)
        minima[0] = -half(block, 2)
    }

    /// Q2_K: 16 bytes with a scale in the lower and a minimum in the upper four bits.
    static let fourBitPairs: ReadScales = { block, scales, minima in
        let (d, minimum) = (half(block, 80), half(block, 82))
        for group in 0..<16 {
            let pair = byte(block, group)
            scales[group] = d * Float(pair & 15)
            minima[group] = minimum * Float(pair >> 4)
        }
    }

    /// Q4_K and Q5_K: eight scales and eight minima of six bits in bytes 4 to 15. The first four of both lie in the lower
    /// bits of eight bytes; the others have four bits in the last four bytes and two on top of those eight.
    static let sixBitPairs: ReadScales = { block, scales, minima in
        let (d, minimum) = (half(block, 0), half(block, 2))
        for group in 0..<4 {
            let (a, b, c) = (byte(block, 4 + group), byte(block, 8 + group), byte(block, 12 + group))
            scales[group] = d * Float(a & 63)
            minima[group] = minimum * Float(b & 63)
            scales[group + 4] = d * Float(c & 15 | (a >> 6) << 4)
            minima[group + 4] = minimum * Float(c >> 4 | (b >> 6) << 4)
        }
    }

    /// Q3_K: 16 scales of six bits, less 32: four in bytes 96 to 103, two in bytes 104 to 107.
    static let sixBits: ReadScales = { block, scales, _ in
        let d = half(block, 108)
        for group in 0..<16 {
            let low = byte(block, 96 + group % 8) >> (group / 8 * 4) & 15
            let high = byte(block, 104 + group % 4) >> (group / 4 * 2) & 3
            scales[group] = d * Float(Int(low | high << 4) - 32)
        }
    }

    /// Q6_K: 16 signed bytes.
    static let eightBits: ReadScales = { block, scales, _ in
        let d = half(block, 208)
        for group in 0..<16 { scales[group] = d * Float(Int8(bitPattern: byte(block, 192 + group))) }
    }

    /// IQ4_XS: eight scales of six bits, less 32: two bits in bytes 2 and 3, four in bytes 4 to 7.
    static let splitSixBits: ReadScales = { block, scales, _ in
        let d = half(block, 0)
        for group in 0..<8 {
            let high = byte(block, 2 + group / 4) >> (group % 4 * 2) & 3
            let low = byte(block, 4 + group / 2) >> (group % 2 * 4) & 15
            scales[group] = d * Float(Int(low | high << 4) - 32)
        }
    }

    private static func byte(_ block: UnsafeRawPointer, _ offset: Int) -> UInt8 {
        block.load(fromByteOffset: offset, as: UInt8.self)
    }

    private static func half(_ block: UnsafeRawPointer, _ offset: Int) -> Float {
        let bits = block.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
        return HalfPrecision.float(float16: UInt16(littleEndian: bits))
    }
}
