package import CKernels

/// How the operands of a matrix product are stored. Sums are fp32, of int8 exact.
package enum NumberFormat: String, Sendable, Codable, CaseIterable {
    case fp32, bf16
    /// Each row of both operands has a scale of its own: rows of weights once, activations when they are packed. For
    /// decoding only.
    case int8
    /// Weights in groups of 64 that share a scale, activations as in int8. For decoding only.
    case int4

    /// Operands are packed from rows only, and rounded.
    package var isInteger: Bool { self == .int8 || self == .int4 }

    /// How keys and values are kept beside weights of this format.
    package var keyValues: NumberFormat { self == .fp32 ? .fp32 : .bf16 }

    package var packed: ck_format {
        switch self {
        case .fp32: CK_F32
        case .bf16: CK_BF16
        case .int8: CK_I8
        case .int4: CK_I4
        }
    }
}

/// The right operand of ``KernelTable``'s product, packed once: `rows × columns` weights of a linear layer
/// (`y = x Wᵀ`, so `rows` are outputs), in panels of 32 outputs.
///
/// `@unchecked Sendable`: written in `init` only.
package final class PackedMatrix: @unchecked Sendable {
    package let rows: Int
    package let columns: Int
    package let format: NumberFormat
    package let data: UnsafeMutableRawPointer

    /// Packs `source`, row-major `rows × columns` with distance `leadingDimension` between rows.
    package init(
        _ source: UnsafePointer<Float>,
        rows: Int,
        columns: Int,
        leadingDimension: Int? = nil,
        format: NumberFormat,
        kernels: KernelTable = .active
    ) {
        self.rows = rows
        self.columns = columns
        self.format = format
        data = Self.allocate(ck_packed_bytes(rows, columns, Int(CK_NR), format.packed))
        kernels.functions.pointee.pack(
            data,
            source,
            rows,
            columns,
            leadingDimension ?? columns,
            Int(CK_NR),
            0,
            format.packed
        )
    }

    /// Most numbers that are read before they are packed.
    private static let stripSize = 1 << 20

    /// Packs rows that are read a strip at a time, so that no second copy of the matrix stands in memory.
    ///
    /// - Parameter read: the numbers of some rows, row-major.
    package init<Failure: Error>(
        rows: Int,
        columns: Int,
        format: NumberFormat,
        kernels: KernelTable = .active,
        reading read: (Range<Int>) throws(Failure) -> [Float]
    ) throws(Failure) {
        self.rows = rows
        self.columns = columns
        self.format = format
        let panel = Int(CK_NR)
        data = Self.allocate(ck_packed_bytes(rows, columns, panel, format.packed))
        let strip = max(1, Self.stripSize / max(columns, 1) / panel) * panel
        for first in stride(from: 0, to: rows, by: strip) {
            let part = first..<min(first + strip, rows)
            kernels.functions.pointee.pack(
                data + ck_packed_bytes(first, columns, panel, format.packed),
                try read(part),
                part.count,
                columns,
                columns,
                panel,
                0,
                format.packed
            )
        }
    }

    /// Packs the transpose: `source` has `columns` rows of `rows` values.
    package init(
        transposing source: UnsafePointer<Float>,
        rows: Int,
        columns: Int,
        leadingDimension: Int,
        format: NumberFormat,
        kernels: KernelTable = .active
    ) {
        precondition(!format.isInteger, "\(format) operands are packed from rows")
        self.rows = rows
        self.columns = columns
        self.format = format
        data = Self.allocate(ck_packed_bytes(rows, columns, Int(CK_NR), format.packed))
        kernels.functions.pointee.pack(
            data,
            source,
            rows,
            columns,
            leadingDimension,
            Int(CK_NR),
            1,
            format.packed
        )
    }

    deinit { data.deallocate() }

    /// Weights that come from memory each time are read faster from large pages.
    private static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
        let page = Int(CK_LARGE_PAGE)
        guard bytes >= 2 * page else { return .allocate(byteCount: max(bytes, 1), alignment: 64) }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: page)
        ck_advise_large_pages(memory, bytes)
        return memory
    }

    /// The numbers of a row as products see them: rounded to the format.
    package func copyRow(_ row: Int, to target: UnsafeMutablePointer<Float>) {
        precondition(row >= 0 && row < rows, "row \(row) of \(rows)")
        ck_unpack_row(target, data, row, columns, format.packed)
    }

    package var byteCount: Int { ck_packed_bytes(rows, columns, Int(CK_NR), format.packed) }

    package var panels: Int { (rows + Int(CK_NR) - 1) / Int(CK_NR) }
}

/// Reusable memory for the packed left operand of a product; grows as needed. Not shared between threads.
package final class PackedRows {
    package private(set) var data: UnsafeMutableRawPointer
    private var capacity: Int

    package init() {
        capacity = 64
        data = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit { data.deallocate() }

    /// Makes room for `bytes`; the old content is lost.
    package func reserve(_ bytes: Int) {
        guard bytes > capacity else { return }
        data.deallocate()
        capacity = bytes
        data = .allocate(byteCount: capacity, alignment: 64)
    }

    /// Packs `rows × columns` activations as the left operand.
    package func pack(
        _ source: UnsafePointer<Float>,
        rows: Int,
        columns: Int,
        leadingDimension: Int? = nil,
        reductionMajor: Bool = false,
        format: NumberFormat,
        kernels: KernelTable = .active
    ) {
        precondition(!reductionMajor || !format.isInteger, "\(format) operands are packed from rows")
        reserve(ck_packed_bytes(rows, columns, Int(CK_MR), format.packed))
        kernels.functions.pointee.pack(
            data,
            source,
            rows,
            columns,
            leadingDimension ?? columns,
            Int(CK_MR),
            reductionMajor ? 1 : 0,
            format.packed
        )
    }
}
