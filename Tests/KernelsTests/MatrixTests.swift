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

/// Rows as integers are rounded: every whole block of 64 numbers times the orthonormal Hadamard matrix, by definition
/// (its entry at i, j is -1 to the number of bits that i and j share).
private func rotated(_ x: [Float], columns: Int) -> [Float] {
    var result = x
    for start in stride(from: 0, to: x.count, by: columns) {
        for first in stride(from: start, to: start + columns / 64 * 64, by: 64) {
            for i in 0..<64 {
                let sum = (0..<64).reduce(0.0) {
                    $0 + Double(x[first + $1]) * ((i & $1).nonzeroBitCount % 2 == 0 ? 1 : -1)
                }
                result[first + i] = Float(sum / 8)
            }
        }
    }
    return result
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
                for k in [1, 2, 3, 16, 31, 64, 65, 140] {
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

    /// A row read back is the packed one rounded: fp32 exactly, bf16 to 8 bits, integers, rotated, to half a step of their
    /// scale; the largest magnitude of a group of int4 may lie one step beyond on the other side.
    @Test(arguments: NumberFormat.allCases)
    func rowsReadBackAreRounded(format: NumberFormat) {
        var random = SplitMix64(seed: 44)
        for (rows, columns) in [(1, 1), (33, 64), (40, 150)] {
            let x = randoms(rows * columns, &random)
            let packed = PackedMatrix(x, rows: rows, columns: columns, format: format)
            var back = [Float](repeating: .nan, count: columns)
            for r in 0..<rows {
                packed.copyRow(r, to: &back)
                let turn = { (x: [Float]) in format.isInteger ? rotated(x, columns: columns) : x }
                let (x, row) = (turn(Array(x[r * columns..<(r + 1) * columns])), turn(back))
                for i in 0..<columns {
                    let value = x[i]
                    let group = format == .int4 ? i / 64 * 64..<min(i / 64 * 64 + 64, columns) : 0..<columns
                    let top = group.map { abs(x[$0]) }.max() ?? 0
                    let limit: Float =
                        switch format {
                        case .fp32: 0
                        case .bf16: abs(value) / 256
                        case .int8: top / 127 / 2
                        case .int4: abs(value) > 7.5 / 8 * top ? top / 8 : top / 8 / 2
                        }
                    #expect(
                        abs(row[i] - value) <= limit * 1.0001 + (format.isInteger ? 1e-6 : 0),
                        "\(format) row \(r) column \(i)"
                    )
                }
            }
        }
    }

    /// Packing what is read strip by strip gives the panels of packing all at once.
    @Test(arguments: NumberFormat.allCases)
    func stripsEqualTheWhole(format: NumberFormat) {
        var random = SplitMix64(seed: 45)
        let (rows, columns) = (3001, 390)
        let x = randoms(rows * columns, &random)
        let whole = PackedMatrix(x, rows: rows, columns: columns, format: format)
        var strips = 0
        let parts = PackedMatrix(rows: rows, columns: columns, format: format) {
            strips += 1
            return Array(x[$0.lowerBound * columns..<$0.upperBound * columns])
        }
        #expect(strips > 1)
        let equal = UnsafeRawBufferPointer(start: whole.data, count: whole.byteCount).elementsEqual(
            UnsafeRawBufferPointer(start: parts.data, count: parts.byteCount)
        )
        #expect(equal)
    }

    /// Against weights rounded to int4 and activations rounded to int8, products are exact up to fp32 sums; against the
    /// numbers themselves the error of normal ones stays below a sixth.
    @Test func int4IsWithinItsErrorLimit() {
        var random = SplitMix64(seed: 46)
        var (error, size) = (0.0, 0.0)
        for (m, n, k) in [(3, 40, 256), (13, 33, 704), (1, 7, 5)] {
            let a = randoms(m * k, &random)
            let b = randoms(n * k, &random)
            let found = multiply(.active, a, b, Array(repeating: 0, count: m * n), m, n, k, .int4, false)
            let weights = PackedMatrix(b, rows: n, columns: k, format: .int4)
            let turned = rotated(a, columns: k)
            var row = [Float](repeating: 0, count: k)
            for j in 0..<n {
                weights.copyRow(j, to: &row)
                for i in 0..<m {
                    let x = turned[i * k..<(i + 1) * k].map { Double($0) }
                    let step = (x.map(abs).max() ?? 0) / 127
                    let weight = rotated(row, columns: k)
                    let rounded = zip(x, weight).reduce(0) {
                        $0 + ($1.0 / step).rounded(.toNearestOrEven) * Double($1.1)
                    }
                    let exact = zip(a[i * k..<(i + 1) * k].map { Double($0) }, b[j * k..<(j + 1) * k]).reduce(0) {
                        $0 + $1.0 * Double($1.1)
                    }
                    let value = Double(found[i * n + j])
                    // A tie may fall on either side of single precision.
                    #expect(abs(value - rounded * step) <= 1e-4 * Double(k).squareRoot() + step * 3)
                    error += (value - exact) * (value - exact)
                    size += exact * exact
                }
            }
        }
        #expect((error / size).squareRoot() < 0.16)
        #expect((error / size).squareRoot() > 0.01)
    }

    /// Rounding moves each factor by at most half a step of its row, and no output by more than that allows.
    @Test func int8IsWithinItsErrorLimit() {
        var random = SplitMix64(seed: 43)
        var (error, size) = (0.0, 0.0)
        for (m, n, k) in [(3, 40, 256), (13, 33, 704), (1, 7, 5)] {
            let (left, right) = (randoms(m * k, &random), randoms(n * k, &random))
            let found = multiply(.active, left, right, Array(repeating: 0, count: m * n), m, n, k, .int8, false)
            let (a, b) = (rotated(left, columns: k), rotated(right, columns: k))
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

    /// One number a thousand times as large as the others sets the scale of its row; rotated, of an eighth of it.
    @Test func anOutlierCostsLess() {
        var random = SplitMix64(seed: 47)
        let (m, n, k) = (4, 32, 256)
        var a = randoms(m * k, &random)
        for i in 0..<m { a[i * k + 100] *= 1000 }
        let b = randoms(n * k, &random)
        let zeros = [Float](repeating: 0, count: m * n)
        let exact = multiply(.active, a, b, zeros, m, n, k, .fp32, false)
        let found = multiply(.active, a, b, zeros, m, n, k, .int8, false)
        // Without rotation, by definition: activations to multiples of the row's largest / 127.
        var (error, unrotated) = (0.0, 0.0)
        for i in 0..<m {
            let row = a[i * k..<(i + 1) * k]
            let step: Float = (row.map(abs).max() ?? 0) / 127
            let rounded = row.map { ($0 / step).rounded() * step }
            for j in 0..<n {
                let product: Float = zip(rounded, b[j * k..<(j + 1) * k]).reduce(0) { $0 + $1.0 * $1.1 }
                let (plain, ours) = (product - exact[i * n + j], found[i * n + j] - exact[i * n + j])
                unrotated += Double(plain * plain)
                error += Double(ours * ours)
            }
        }
        #expect(error < unrotated / 4, "\((error / unrotated).squareRoot()) of the error")
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
