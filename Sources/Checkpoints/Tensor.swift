package import Common
import Foundation

/// A named tensor inside a mapped file: its format, shape and bytes (row-major, little-endian). Copies share the data.
package struct Tensor: Sendable {
    package let name: String
    package let type: DataType
    /// Sizes of the axes; empty for a single number.
    package let shape: [Int]
    /// `shape` product times the width of `type` bytes; not necessarily aligned.
    package let bytes: MappedBytes

    /// The number of numbers.
    package var count: Int { bytes.count / type.width }

    /// For messages: `tensor 'x' in model.safetensors`.
    package var label: String { "tensor '\(name)' in \(bytes.file.url.path)" }

    /// The numbers as float32, from F32, F16 and BF16 exactly and from F64 rounded to nearest.
    ///
    /// - Parameters:
    ///   - range: which of the numbers, row-major; all unless given. It must lie in `0..<count`.
    ///   - checkingFinite: throws at the first NaN or infinity, and names its place.
    package func floats(in range: Range<Int>? = nil, checkingFinite: Bool = false) throws -> [Float] {
        let range = range ?? 0..<count
        let values = try bytes.withUnsafeBytes {
            let part = $0[range.lowerBound * type.width..<range.upperBound * type.width]
            return try Self.floats(UnsafeRawBufferPointer(rebasing: part), type: type, count: range.count, label: label)
        }
        if checkingFinite, let index = values.firstIndex(where: { !$0.isFinite }) {
            let place = Self.indices(of: range.lowerBound + index, in: shape)
            throw CinnabarError(
                .malformed,
                "\(label) has \(values[index]) at \(place), expected finite numbers",
                hint: "the file is damaged or its training diverged"
            )
        }
        return values
    }

    /// The numbers as integers, from any integer format and BOOL.
    package func integers() throws -> [Int] {
        try bytes.withUnsafeBytes { bytes in
            switch type {
            case .i64: try integers(bytes, Int64.self)
            case .i32: try integers(bytes, Int32.self)
            case .i16: try integers(bytes, Int16.self)
            case .i8: try integers(bytes, Int8.self)
            case .u64: try integers(bytes, UInt64.self)
            case .u32: try integers(bytes, UInt32.self)
            case .u16: try integers(bytes, UInt16.self)
            case .u8, .bool: try integers(bytes, UInt8.self)
            case .f64, .f32, .f16, .bf16, .f8e4m3, .f8e5m2:
                throw CinnabarError(.malformed, "\(label) holds \(type.rawValue) numbers, expected integers")
            }
        }
    }

    private func integers<Value: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, _: Value.Type) throws -> [Int] {
        try (0..<count).map { index in
            let value = Value(littleEndian: bytes.loadUnaligned(fromByteOffset: index * type.width, as: Value.self))
            guard let small = Int(exactly: value) else {
                throw CinnabarError(.unsupported, "\(label) has \(value) at index \(index), beyond \(Int.max)")
            }
            return small
        }
    }

    private static func floats(
        _ source: UnsafeRawBufferPointer,
        type: DataType,
        count: Int,
        label: String
    ) throws -> [Float] {
        switch type {
        case .f32:
            return [Float](unsafeUninitializedCapacity: count) { target, initialized in
                UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
                initialized = count
            }
        case .bf16:
            return [Float](unsafeUninitializedCapacity: count) { target, initialized in
                for index in 0..<count {
                    let bits = source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
                    target[index] = HalfPrecision.float(bfloat16: bits)
                }
                initialized = count
            }
        case .f16:
            return [Float](unsafeUninitializedCapacity: count) { target, initialized in
                for index in 0..<count {
                    let bits = source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
                    target[index] = HalfPrecision.float(float16: bits)
                }
                initialized = count
            }
        case .f64:
            return (0..<count).map { Float(source.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self)) }
        case .f8e4m3, .f8e5m2, .i64, .i32, .i16, .i8, .u64, .u32, .u16, .u8, .bool:
            throw CinnabarError(
                .unsupported,
                "\(label) holds \(type.rawValue) numbers, expected F32, F16, BF16 or F64",
                hint: "convert the checkpoint to BF16"
            )
        }
    }

    /// `[2, 17]` for the flat index of a row-major shape.
    private static func indices(of flat: Int, in shape: [Int]) -> [Int] {
        var rest = flat
        return shape.reversed().map { size in
            defer { rest /= size }
            return rest % size
        }.reversed()
    }
}
