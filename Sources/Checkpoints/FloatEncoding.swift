import Common

/// The formats that float32 numbers can be written in.
package enum FloatEncoding: Sendable {
    /// Exact.
    case f32
    /// To nearest, ties to even.
    case f16
    case bf16
    /// Blocks of 32 signed bytes with a float16 scale: the largest magnitude is ±127.
    case q80

    package var format: TensorFormat {
        switch self {
        case .f32: .plain(.f32)
        case .f16: .plain(.f16)
        case .bf16: .plain(.bf16)
        case .q80: .blocks(.q80)
        }
    }

    /// Appends numbers in this format; about a megabyte is held beyond them.
    ///
    /// - Parameter values: whole units of ``format``.
    /// - Throws: `invalidArgument` for numbers that a scale cannot express, or an error of the system.
    func append(_ values: UnsafeBufferPointer<Float>, to sink: inout FileSink) throws {
        guard self != .f32 else { return try sink.append(UnsafeRawBufferPointer(values)) }
        var scratch: [UInt8] = []
        for start in stride(from: 0, to: values.count, by: 1 << 18) {
            let piece = UnsafeBufferPointer(rebasing: values[start..<min(start + 1 << 18, values.count)])
            scratch.removeAll(keepingCapacity: true)
            switch self {
            case .f32: break
            case .f16: for value in piece { scratch.append(littleEndian: HalfPrecision.float16(value)) }
            case .bf16: for value in piece { scratch.append(littleEndian: HalfPrecision.bfloat16(value)) }
            case .q80:
                for block in stride(from: 0, to: piece.count, by: BlockFormat.q80.count) {
                    let block = piece[block..<block + BlockFormat.q80.count]
                    try Self.appendBlock(UnsafeBufferPointer(rebasing: block), to: &scratch)
                }
            }
            try scratch.withUnsafeBytes { try sink.append($0) }
        }
    }

    /// One Q8_0 block, rounded as ggml's reference does: halves away from zero, by the scale before it is a float16.
    private static func appendBlock(_ values: UnsafeBufferPointer<Float>, to bytes: inout [UInt8]) throws {
        let largest = values.reduce(Float(0)) { max($0, $1.magnitude) }
        let scale = largest / 127
        // A NaN loses every comparison of `max`: it is looked for as well.
        guard scale <= 65_504, !values.contains(where: \.isNaN) else {
            throw CinnabarError(
                .invalidArgument,
                "a block of numbers up to \(largest) cannot be Q8_0, expected finite ones below 8319000"
            )
        }
        bytes.append(littleEndian: HalfPrecision.float16(scale))
        // Scales whose inverse is infinite are zero as a float16.
        let inverse = (1 / scale).isFinite ? 1 / scale : 0
        for value in values { bytes.append(UInt8(bitPattern: Int8((value * inverse).rounded()))) }
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian value: UInt16) {
        append(UInt8(truncatingIfNeeded: value))
        append(UInt8(truncatingIfNeeded: value >> 8))
    }
}
