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
        reserve(ck_packed_bytes(rows, columns, Int(CK_MR), format.packed))
        kernels.pack(
            data,
            source,
            rows: rows,
            columns: columns,
            leadingDimension: leadingDimension ?? columns,
            panel: Int32(CK_MR),
            reductionMajor: reductionMajor,
            format: format,
            rotated: &rotated
        )
    }
}
