import CKernels

/// Reusable memory for the packed left operand of a product; grows as needed. Not shared between threads.
package final class PackedRows {
    package private(set) var data: UnsafeMutableRawPointer
    private var capacity: Int
    private var rotated = FloatBuffer(count: 0)

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
        let leadingDimension = leadingDimension ?? columns
        if format.isInteger {
            if rotated.count < rows * columns { rotated = FloatBuffer(count: rows * columns) }
            kernels.functions.pointee.hadamard(rotated.base, source, rows, columns, leadingDimension)
        }
        kernels.functions.pointee.pack(
            data,
            format.isInteger ? UnsafePointer(rotated.base) : source,
            rows,
            columns,
            format.isInteger ? columns : leadingDimension,
            Int(CK_MR),
            reductionMajor ? 1 : 0,
            format.packed
        )
    }
}
