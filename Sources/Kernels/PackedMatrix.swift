import CKernels
package import Common
package import Foundation

/// The right operand of ``KernelTable``'s product, packed once: `rows × columns` weights of a linear layer
/// (`y = x Wᵀ`, so `rows` are outputs), in panels of 32 outputs.
///
/// `@unchecked Sendable`: written in `init` only.
package final class PackedMatrix: @unchecked Sendable {
    package let rows: Int
    package let columns: Int
    package let format: NumberFormat
    package let data: UnsafeMutableRawPointer
    /// Where ``data`` lies, if not in memory of its own.
    private let mapped: MappedBytes?

    /// Packs `source`, row-major `rows × columns`.
    package init(
        _ source: UnsafePointer<Float>,
        rows: Int,
        columns: Int,
        format: NumberFormat,
        kernels: KernelTable = .active
    ) {
        self.rows = rows
        self.columns = columns
        self.format = format
        mapped = nil
        data = Self.allocate(ck_packed_bytes(rows, columns, Int(CK_NR), format.packed))
        var rotated = FloatBuffer(count: 0)
        kernels.pack(
            data,
            source,
            rows: rows,
            columns: columns,
            leadingDimension: columns,
            panel: Int32(CK_NR),
            format: format,
            rotated: &rotated
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
        mapped = nil
        let panel = Int(CK_NR)
        data = Self.allocate(ck_packed_bytes(rows, columns, panel, format.packed))
        var rotated = FloatBuffer(count: 0)
        let strip = max(1, Self.stripSize / max(columns, 1) / panel) * panel
        for first in stride(from: 0, to: rows, by: strip) {
            let part = first..<min(first + strip, rows)
            kernels.pack(
                data + ck_packed_bytes(first, columns, panel, format.packed),
                try read(part),
                rows: part.count,
                columns: columns,
                leadingDimension: columns,
                panel: Int32(CK_NR),
                format: format,
                rotated: &rotated
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
        mapped = nil
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

    /// A matrix as a file holds it, read in place.
    ///
    /// - Precondition: as many bytes as ``byteCount`` of the shape, aligned to four.
    package init(_ mapped: MappedBytes, rows: Int, columns: Int, format: NumberFormat) {
        self.rows = rows
        self.columns = columns
        self.format = format
        self.mapped = mapped
        precondition(mapped.count == Self.byteCount(rows: rows, columns: columns, format: format))
        // The mapping lives as long as this does. Nothing writes behind `init`.
        data = mapped.withUnsafeBytes { UnsafeMutableRawPointer(mutating: $0.baseAddress!) }
        precondition(UInt(bitPattern: data) % 4 == 0)
    }

    deinit { if mapped == nil { data.deallocate() } }

    /// The bytes as a file keeps them; the same on every instruction set. They live as long as the matrix.
    package var bytes: Data {
        let keeper = Unmanaged.passRetained(self)
        return Data(bytesNoCopy: data, count: byteCount, deallocator: .custom { _, _ in keeper.release() })
    }

    /// Weights that come from memory each time are read faster from large pages.
    private static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
        let page = Int(CK_LARGE_PAGE)
        guard bytes >= 2 * page else { return .allocate(byteCount: max(bytes, 1), alignment: 64) }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: page)
        ck_advise_large_pages(memory, bytes)
        return memory
    }

    /// The numbers of a row as products see them: rounded to the format, and rotated back.
    package func copyRow(_ row: Int, to target: UnsafeMutablePointer<Float>) {
        precondition(row >= 0 && row < rows, "row \(row) of \(rows)")
        ck_unpack_row(target, data, row, columns, format.packed)
        // The rotation is its own inverse.
        if format.isInteger { KernelTable.active.functions.pointee.hadamard(target, target, 1, columns, columns) }
    }

    package var byteCount: Int { Self.byteCount(rows: rows, columns: columns, format: format) }

    package static func byteCount(rows: Int, columns: Int, format: NumberFormat) -> Int {
        ck_packed_bytes(rows, columns, Int(CK_NR), format.packed)
    }

    package var panels: Int { (rows + Int(CK_NR) - 1) / Int(CK_NR) }
}
