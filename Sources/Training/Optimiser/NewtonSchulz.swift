import CKernels
import Kernels

/// Orthogonalises matrices: maps U S Vᵀ to about U Vᵀ with five steps of a quintic Newton-Schulz iteration.
///
/// Source: Jordan et al., "Muon", 2024 (coefficients 3.4445, −4.7750, 2.0315). Products run in `format`; singular values
/// end between about 0.7 and 1.2, which is all that Muon needs.
final class NewtonSchulz {
    private static let coefficients: (a: Float, b: Float, c: Float) = (3.4445, -4.7750, 2.0315)
    private static let steps = 5

    private let kernels: KernelTable
    private let k: ck_table
    private let format: NumberFormat
    private let left = PackedRows()
    private let right = PackedRows()
    private var x, gram, polynomial, product: FloatBuffer

    init(format: NumberFormat, kernels: KernelTable = .active) {
        self.kernels = kernels
        self.format = format
        k = kernels.functions.pointee
        (x, gram, polynomial, product) = (
            FloatBuffer(count: 0), FloatBuffer(count: 0), FloatBuffer(count: 0), FloatBuffer(count: 0)
        )
    }

    /// Replaces `matrix`, row-major `rows × columns`, by its orthogonalised form.
    func callAsFunction(_ matrix: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
        let wide = rows <= columns
        let (m, n) = wide ? (rows, columns) : (columns, rows)
        reserve(m, n)
        let norm = k.sum_of_squares(matrix, rows * columns).squareRoot() + 1e-7
        for row in 0..<m {
            for column in 0..<n {
                x.base[row * n + column] = (wide ? matrix[row * n + column] : matrix[column * m + row]) / norm
            }
        }
        let (a, b, c) = NewtonSchulz.coefficients
        for _ in 0..<NewtonSchulz.steps {
            // G = X Xᵀ, P = bG + cG², X = aX + PX
            multiply(x.base, m, n, rightRows: m, reductionMajor: false, right: x.base, into: gram.base)
            multiply(gram.base, m, m, rightRows: m, reductionMajor: false, right: gram.base, into: polynomial.base)
            k.axpby(polynomial.base, gram.base, m * m, b, c)
            multiply(polynomial.base, m, m, rightRows: n, reductionMajor: true, right: x.base, into: product.base)
            k.axpby(x.base, product.base, m * n, 1, a)
        }
        for row in 0..<m {
            for column in 0..<n { matrix[wide ? row * n + column : column * m + row] = x.base[row * n + column] }
        }
    }

    /// out[m, rightRows] = left[m, depth] · right, where right is `rightRows × depth`, or its transpose.
    private func multiply(
        _ source: UnsafePointer<Float>,
        _ m: Int,
        _ depth: Int,
        rightRows: Int,
        reductionMajor: Bool,
        right source2: UnsafePointer<Float>,
        into out: UnsafeMutablePointer<Float>
    ) {
        left.pack(source, rows: m, columns: depth, format: format, kernels: kernels)
        right.reserve(ck_packed_bytes(rightRows, depth, Int(CK_NR), format.packed))
        k.pack(
            right.data,
            source2,
            rightRows,
            depth,
            reductionMajor ? rightRows : depth,
            Int(CK_NR),
            reductionMajor ? 1 : 0,
            format.packed
        )
        k.gemm(
            out,
            rightRows,
            left.data,
            right.data,
            m,
            rightRows,
            depth,
            0,
            (rightRows + Int(CK_NR) - 1) / Int(CK_NR),
            0,
            format.packed
        )
    }

    private func reserve(_ m: Int, _ n: Int) {
        if x.count < m * n {
            x = FloatBuffer(count: m * n)
            product = FloatBuffer(count: m * n)
        }
        if gram.count < m * m {
            gram = FloatBuffer(count: m * m)
            polynomial = FloatBuffer(count: m * m)
        }
    }
}
