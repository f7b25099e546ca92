import Common

extension Tensor {
    /// Reads numbers as float32 into memory of the caller; nothing else of their size is taken.
    ///
    /// - Parameters:
    ///   - range: which of the numbers, row-major. It must lie in `0..<count`.
    ///   - target: room for exactly these.
    /// - Throws: `unsupported` for formats that hold no floating-point numbers or that are not known.
    package func read(_ range: Range<Int>, into target: UnsafeMutableBufferPointer<Float>) throws {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the tensor")
        precondition(target.count == range.count, "the target has another size than the range")
        let decode = try decoder()
        guard !range.isEmpty, let target = target.baseAddress else { return }
        bytes.withUnsafeBytes { source in
            guard let source = source.baseAddress else { return }
            guard rowOrder != .stored else { return decode(source, range, target) }
            let width = shape.dropFirst().reduce(1, *)
            var next = range.lowerBound
            while next < range.upperBound {
                let row = next / width
                let end = min((row + 1) * width, range.upperBound)
                let shift = (rowOrder.storedRow(row) - row) * width
                decode(source, next + shift..<end + shift, target + (next - range.lowerBound))
                next = end
            }
        }
    }

    /// Decodes numbers by their places in the file.
    typealias Decode = (UnsafeRawPointer, Range<Int>, UnsafeMutablePointer<Float>) -> Void

    /// - Throws: `unsupported`.
    func decoder() throws -> Decode {
        switch format {
        case .plain(.f32):
            { source, range, target in
                UnsafeMutableRawPointer(target).copyMemory(
                    from: source + range.lowerBound * 4,
                    byteCount: range.count * 4
                )
            }
        case .plain(.bf16): Self.each(of: UInt16.self) { HalfPrecision.float(bfloat16: $0) }
        case .plain(.f16): Self.each(of: UInt16.self) { HalfPrecision.float(float16: $0) }
        case .plain(.f8e4m3): Self.each(of: UInt8.self) { QuarterPrecision.float(e4m3: $0) }
        case .plain(.f8e5m2): Self.each(of: UInt8.self) { QuarterPrecision.float(e5m2: $0) }
        case .plain(.f64): Self.each(of: UInt64.self) { Float(Double(bitPattern: $0)) }
        case .blocks(let format): { format.decode($0, range: $1, into: $2) }
        case .plain, .opaque:
            throw CinnabarError(
                .unsupported,
                "\(label) holds \(format.name) numbers, expected one of F64 \(GGUFType.readable.joined(separator: " ")) "
                    + "F8_E4M3 F8_E5M2",
                hint: "convert or quantise the model to one of these"
            )
        }
    }

    private static func each<Bits: FixedWidthInteger>(
        of _: Bits.Type,
        _ convert: @escaping (Bits) -> Float
    ) -> Decode {
        { source, range, target in
            for index in range {
                let bits = source.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)
                target[index - range.lowerBound] = convert(Bits(littleEndian: bits))
            }
        }
    }
}

extension BlockFormat {
    /// Decodes numbers `range` of a row of blocks, which may begin and end inside a block.
    func decode(_ source: UnsafeRawPointer, range: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        var next = range.lowerBound
        while next < range.upperBound {
            let (block, inside) = next.quotientAndRemainder(dividingBy: count)
            let target = target + (next - range.lowerBound)
            let whole = inside == 0 ? (range.upperBound - next) / count : 0
            if whole > 0 {
                decode(source + block * byteCount, blocks: whole, into: target)
                next += whole * count
                continue
            }
            let end = min((block + 1) * count, range.upperBound)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { numbers in
                guard let numbers = numbers.baseAddress else { return }
                decode(source + block * byteCount, blocks: 1, into: numbers)
                target.initialize(from: numbers + inside, count: end - next)
            }
            next = end
        }
    }
}
