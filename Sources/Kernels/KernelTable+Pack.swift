import CKernels

extension KernelTable {
    /// Packs an operand in panels of `panel` rows; what is to become integers is rotated into `rotated` first, which grows
    /// as needed.
    func pack(
        _ target: UnsafeMutableRawPointer,
        _ source: UnsafePointer<Float>,
        rows: Int,
        columns: Int,
        leadingDimension: Int,
        panel: Int32,
        reductionMajor: Bool = false,
        format: NumberFormat,
        rotated: inout FloatBuffer
    ) {
        precondition(!reductionMajor || !format.isInteger, "\(format) operands are packed from rows")
        let k = functions.pointee
        var (from, distance) = (source, leadingDimension)
        if format.isInteger {
            if rotated.count < rows * columns { rotated = FloatBuffer(count: rows * columns) }
            k.hadamard(rotated.base, source, rows, columns, leadingDimension)
            (from, distance) = (UnsafePointer(rotated.base), columns)
        }
        k.pack(target, from, rows, columns, distance, Int(panel), reductionMajor ? 1 : 0, format.packed)
    }
}
