package import Common
import Foundation

/// A named tensor inside a mapped file: its format, shape and bytes (row-major, little-endian). Copies share the data.
package struct Tensor: Sendable {
    package let name: String
    package let format: TensorFormat
    /// Sizes of the axes; empty for a single number. Blocks of numbers lie along the last one and divide it.
    package let shape: [Int]
    /// As many as `shape` and `format` need; not necessarily aligned.
    package let bytes: MappedBytes
    /// How the rows in `bytes` are arranged; reading numbers gives them in the usual order.
    package let rowOrder: RowOrder

    init(name: String, format: TensorFormat, shape: [Int], bytes: MappedBytes, rowOrder: RowOrder = .stored) {
        self.name = name
        self.format = format
        self.shape = shape
        self.bytes = bytes
        self.rowOrder = rowOrder
    }

    /// The format of the numbers; nil when they are not stored one by one.
    package var type: DataType? {
        if case .plain(let type) = format { type } else { nil }
    }

    /// The number of numbers.
    package var count: Int { shape.reduce(1, *) }

    /// For messages: `tensor 'x' in model.safetensors`.
    package var label: String { "tensor '\(name)' in \(bytes.file.url.path)" }

    /// The numbers as float32, from F32, F16, BF16, F8 and formats of blocks exactly and from F64 rounded to nearest.
    ///
    /// - Parameters:
    ///   - range: which of the numbers, row-major; all unless given. It must lie in `0..<count`.
    ///   - checkingFinite: throws at the first NaN or infinity, and names its place.
    package func floats(in range: Range<Int>? = nil, checkingFinite: Bool = false) throws -> [Float] {
        // Before memory is taken: a format that is not known has numbers without bytes.
        _ = try decoder()
        let range = range ?? 0..<count
        let values = try [Float](unsafeUninitializedCapacity: range.count) { target, initialized in
            try read(range, into: UnsafeMutableBufferPointer(rebasing: target[..<range.count]))
            initialized = range.count
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

    /// The numbers as integers, from any integer format and BOOL, in the order of the file.
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
            case .f64, .f32, .f16, .bf16, .f8e4m3, .f8e5m2, nil:
                throw CinnabarError(.malformed, "\(label) holds \(format.name) numbers, expected integers")
            }
        }
    }

    private func integers<Value: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, _: Value.Type) throws -> [Int] {
        try (0..<count).map { index in
            let offset = index * MemoryLayout<Value>.size
            let value = Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
            guard let small = Int(exactly: value) else {
                throw CinnabarError(.unsupported, "\(label) has \(value) at index \(index), beyond \(Int.max)")
            }
            return small
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
