extension BlockFormat {
    static let q40 = BlockFormat(
        name: "Q4_0",
        count: 32,
        byteCount: 18,
        low: BitPlane(offset: 2, bits: 4, run: 16),
        zero: 8,
        group: 32,
        scales: scale(at: 0)
    )
    static let q41 = BlockFormat(
        name: "Q4_1",
        count: 32,
        byteCount: 20,
        low: BitPlane(offset: 4, bits: 4, run: 16),
        group: 32,
        scales: scaleAndOffset
    )
    static let q50 = BlockFormat(
        name: "Q5_0",
        count: 32,
        byteCount: 22,
        low: BitPlane(offset: 6, bits: 4, run: 16),
        high: BitPlane(offset: 2, bits: 1, run: 1),
        zero: 16,
        group: 32,
        scales: scale(at: 0)
    )
    static let q51 = BlockFormat(
        name: "Q5_1",
        count: 32,
        byteCount: 24,
        low: BitPlane(offset: 8, bits: 4, run: 16),
        high: BitPlane(offset: 4, bits: 1, run: 1),
        group: 32,
        scales: scaleAndOffset
    )
    static let q80 = BlockFormat(
        name: "Q8_0",
        count: 32,
        byteCount: 34,
        low: BitPlane(offset: 2, bits: 8, run: 32),
        group: 32,
        scales: scale(at: 0)
    )
    static let q2k = BlockFormat(
        name: "Q2_K",
        count: 256,
        byteCount: 84,
        low: BitPlane(offset: 16, bits: 2, run: 32),
        group: 16,
        scales: fourBitPairs
    )
    static let q3k = BlockFormat(
        name: "Q3_K",
        count: 256,
        byteCount: 110,
        low: BitPlane(offset: 32, bits: 2, run: 32),
        high: BitPlane(offset: 0, bits: 1, run: 32),
        zero: 4,
        group: 16,
        scales: sixBits
    )
    static let q4k = BlockFormat(
        name: "Q4_K",
        count: 256,
        byteCount: 144,
        low: BitPlane(offset: 16, bits: 4, run: 32),
        group: 32,
        scales: sixBitPairs
    )
    static let q5k = BlockFormat(
        name: "Q5_K",
        count: 256,
        byteCount: 176,
        low: BitPlane(offset: 48, bits: 4, run: 32),
        high: BitPlane(offset: 16, bits: 1, run: 32),
        group: 32,
        scales: sixBitPairs
    )
    static let q6k = BlockFormat(
        name: "Q6_K",
        count: 256,
        byteCount: 210,
        low: BitPlane(offset: 0, bits: 4, run: 64),
        high: BitPlane(offset: 128, bits: 2, run: 32),
        zero: 32,
        group: 16,
        scales: eightBits
    )
    static let iq4nl = BlockFormat(
        name: "IQ4_NL",
        count: 32,
        byteCount: 18,
        low: BitPlane(offset: 2, bits: 4, run: 16),
        levels: unevenLevels,
        group: 32,
        scales: scale(at: 0)
    )
    static let iq4xs = BlockFormat(
        name: "IQ4_XS",
        count: 256,
        byteCount: 136,
        low: BitPlane(offset: 8, bits: 4, run: 16),
        levels: unevenLevels,
        group: 32,
        scales: splitSixBits
    )

    /// Denser around zero, where most weights are.
    private static let unevenLevels: [Int8] = [
        -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
    ]
}
