import CKernels
import Common
import Kernels
import Testing

/// Largest permitted differences from the scalar reference, relative to the sum of absolute products.
private let fp32Tolerance: Float = 1e-6
private let bf16Tolerance: Float = 1e-6  // the operands are rounded alike, only sums differ

private func randoms(_ count: Int, _ random: inout SplitMix64) -> [Float] {
    (0..<count).map { _ in Float(random.normal()) }
}

@Suite struct MatrixTests {
    static let fast = KernelTable.available.dropLast().map(\.name)

    /// Every small shape on both sides of each block size, against the scalar reference.
    @Test(arguments: fast, NumberFormat.allCases)
    func productEqualsReference(isa: String, format: NumberFormat) throws {
        let table = try #require(KernelTable.available.first { $0.name == isa })
        let reference = KernelTable.available.last!
        var random = SplitMix64(seed: 42)
        for m in [1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 17, 25, 64] {
            for n in [1, 7, 8, 15, 16, 17, 31, 32, 33, 63, 100, 129] {
                for k in [1, 2, 3, 16, 31, 64, 65] {
                    let a = randoms(m * k, &random)
                    let b = randoms(n * k, &random)
                    let start = randoms(m * n, &random)
                    for accumulate in [false, true] {
                        let fast = multiply(table, a, b, start, m, n, k, format, accumulate)
                        let slow = multiply(reference, a, b, start, m, n, k, format, accumulate)
                        let tolerance = (format == .fp32 ? fp32Tolerance : bf16Tolerance) * Float(k) + 1e-6
                        let worst = zip(fast, slow).map { abs($0 - $1) }.max() ?? 0
                        #expect(worst <= tolerance * 8, "m \(m) n \(n) k \(k) \(isa) \(format): \(worst)")
                        if worst > tolerance * 8 { return }
                    }
                }
            }
        }
    }

    /// Rounding moves each factor by at most half a step of its row, and no output by more than that allows.
    @Test func int8IsWithinItsErrorLimit() {
        var random = SplitMix64(seed: 43)
        var (error, size) = (0.0, 0.0)
        for (m, n, k) in [(3, 40, 256), (13, 33, 704), (1, 7, 5)] {
            let a = randoms(m * k, &random)
            let b = randoms(n * k, &random)
            let found = multiply(.active, a, b, Array(repeating: 0, count: m * n), m, n, k, .int8, false)
            func step(_ x: [Float], _ row: Int) -> Double {
                Double(x[row * k..<(row + 1) * k].map(abs).max() ?? 0) / 127
            }
            for i in 0..<m {
                for j in 0..<n {
                    let (s, t) = (step(a, i) / 2, step(b, j) / 2)
                    var (exact, limit) = (0.0, 0.0)
                    for p in 0..<k {
                        let (x, y) = (Double(a[i * k + p]), Double(b[j * k + p]))
                        exact += x * y
                        limit += abs(x) * t + abs(y) * s + s * t
                    }
                    let difference = abs(Double(found[i * n + j]) - exact)
                    #expect(difference <= limit * 1.0001, "\(m) × \(n) × \(k): \(difference) of \(limit)")
                    error += difference * difference
                    size += exact * exact
                }
            }
        }
        #expect((error / size).squareRoot() < 0.015)
    }

    private func multiply(
        _ table: KernelTable,
        _ a: [Float],
        _ b: [Float],
        _ start: [Float],
        _ m: Int,
        _ n: Int,
        _ k: Int,
        _ format: NumberFormat,
        _ accumulate: Bool
    ) -> [Float] {
        let left = PackedRows()
        left.pack(a, rows: m, columns: k, format: format, kernels: table)
        let right = PackedMatrix(b, rows: n, columns: k, format: format, kernels: table)
        var c = start
        table.functions.pointee.gemm(
            &c,
            n,
            left.data,
            right.data,
            m,
            n,
            k,
            0,
            right.panels,
            accumulate ? 1 : 0,
            format.packed
        )
        return c
    }

    /// Both ways of packing give the same panels: from rows, and from the transpose.
    @Test(arguments: KernelTable.available.map(\.name), [NumberFormat.fp32, .bf16])
    func packingTheTransposeEqualsPackingRows(isa: String, format: NumberFormat) throws {
        let table = try #require(KernelTable.available.first { $0.name == isa })
        var random = SplitMix64(seed: 7)
        for (rows, columns) in [(1, 1), (5, 3), (32, 16), (33, 17), (70, 41)] {
            let x = randoms(rows * columns, &random)
            var transposed = x
            for r in 0..<rows { for c in 0..<columns { transposed[c * rows + r] = x[r * columns + c] } }
            let direct = PackedMatrix(x, rows: rows, columns: columns, format: format, kernels: table)
            let turned = PackedMatrix(
                transposing: transposed,
                rows: rows,
                columns: columns,
                leadingDimension: rows,
                format: format,
                kernels: table
            )
            let bytes = ck_packed_bytes(rows, columns, Int(CK_NR), format.packed)
            let equal = UnsafeRawBufferPointer(start: direct.data, count: bytes).elementsEqual(
                UnsafeRawBufferPointer(start: turned.data, count: bytes)
            )
            #expect(equal, "\(rows) × \(columns) \(isa) \(format)")
        }
    }
}
