import Common

/// Numbers that were rounded to a few bits in blocks, as ggml lays them out. A number has a code of 2 to 8 bits, a group of
/// numbers a scale and perhaps a minimum: `number = scale * (code - zero) - minimum`, in float32 and in this order.
///
/// Source: the block layouts of ggml (`ggml-common.h`) and the decoders of the Python package gguf 0.19.0.
package struct BlockFormat: Sendable {
    /// As ggml names it: `Q4_K`.
    package let name: String
    /// Numbers of a block.
    package let count: Int
    /// Bytes of a block.
    package let byteCount: Int
    /// The codes' lower bits.
    let low: BitPlane
    /// Further bits of the codes, above the lower ones.
    var high: BitPlane?
    var zero: UInt8 = 0
    /// What codes stand for, where that is not `code - zero`.
    var levels: [Int8]?
    /// Numbers that share a scale; at least a sixteenth of a block.
    let group: Int
    let scales: ReadScales

    /// Most groups of a block.
    static let mostGroups = 16

    /// Reads the scales of one block, and the minima where the format has them.
    typealias ReadScales =
        @Sendable (
            _ block: UnsafeRawPointer,
            _ scales: UnsafeMutablePointer<Float>,
            _ minima: UnsafeMutablePointer<Float>
        ) -> Void

    /// Decodes whole blocks: reads `blocks * byteCount` bytes, writes `blocks * count` numbers.
    func decode(_ source: UnsafeRawPointer, blocks: Int, into target: UnsafeMutablePointer<Float>) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * Self.mostGroups) { factors in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { codes in
                guard let scales = factors.baseAddress, let codes = codes.baseAddress else { return }
                let minima = scales + Self.mostGroups
                minima.initialize(repeating: 0, count: Self.mostGroups)
                for block in 0..<blocks {
                    let bytes = source + block * byteCount
                    self.scales(bytes, scales, minima)
                    unpack(bytes, into: codes)
                    let numbers = target + block * count
                    for start in stride(from: 0, to: count, by: group) {
                        let (scale, minimum) = (scales[start / group], minima[start / group])
                        for index in start..<start + group {
                            numbers[index] = scale * Float(Int8(bitPattern: codes[index] &- zero)) - minimum
                        }
                    }
                }
            }
        }
    }

    private func unpack(_ block: UnsafeRawPointer, into codes: UnsafeMutablePointer<UInt8>) {
        codes.initialize(repeating: 0, count: count)
        low.add(block, count: count, shiftedBy: 0, to: codes)
        high?.add(block, count: count, shiftedBy: UInt8(low.bits), to: codes)
        if let levels {
            for index in 0..<count { codes[index] = UInt8(bitPattern: levels[Int(codes[index])]) }
        }
    }
}

/// Some bits of every code of a block. `run` bytes hold `8 / bits` runs of `run` codes: the first run in the lowest bits of
/// the bytes, the next one in the bits above them.
struct BitPlane: Sendable {
    /// In the block, in bytes.
    let offset: Int
    let bits: Int
    let run: Int

    /// Adds the bits to codes that have zeros there.
    func add(_ block: UnsafeRawPointer, count: Int, shiftedBy left: UInt8, to codes: UnsafeMutablePointer<UInt8>) {
        let mask = UInt8(truncatingIfNeeded: 1 << bits - 1)
        var bytes = (block + offset).assumingMemoryBound(to: UInt8.self)
        var index = 0
        while index < count {
            for shift in stride(from: UInt8(0), to: 8, by: bits) {
                for lane in 0..<run { codes[index + lane] |= (bytes[lane] &>> shift & mask) &<< left }
                index += run
            }
            bytes += run
        }
    }
}
