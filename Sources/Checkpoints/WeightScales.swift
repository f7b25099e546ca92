import Common

/// Factors of a tensor of eight-bit numbers, which checkpoints keep in a tensor beside it: one for all, one a row, or one for
/// each block of 128 × 128 (DeepSeek-V3, section 3.3.2). A weight is its number times its factor, whatever the name says.
package struct WeightScales: Sendable {
    private static let block = 128

    private let factors: [Float]
    /// Numbers of a row of the tensor, and of a row of factors.
    private let columns, across: Int
    /// Rows and columns that share a factor.
    private let rowsPerFactor, columnsPerFactor: Int

    /// The factors of `tensor` and the name of their tensor; nil where there are none: the numbers are meant as they are.
    ///
    /// - Throws: `malformed` for factors of another shape, or such as are not finite.
    package static func find(
        for tensor: Tensor,
        in weights: some TensorSource
    ) throws -> (name: String, scales: WeightScales)? {
        guard tensor.type == .f8e4m3 || tensor.type == .f8e5m2 else { return nil }
        let names = ["_scale_inv", "_scale"].map { tensor.name + $0 }
        guard let name = names.first(where: { weights[$0] != nil }) else { return nil }
        return (name, try WeightScales(weights.tensor(named: name), of: tensor))
    }

    private init(_ scales: Tensor, of tensor: Tensor) throws {
        let rows = tensor.shape.first ?? 1
        columns = tensor.shape.dropFirst().reduce(1, *)
        func blocks(_ count: Int) -> Int { (count + Self.block - 1) / Self.block }
        if scales.count == 1 {
            (rowsPerFactor, columnsPerFactor, across) = (max(rows, 1), max(columns, 1), 1)
        } else if scales.shape == [rows] || scales.shape == [rows, 1] {
            (rowsPerFactor, columnsPerFactor, across) = (1, max(columns, 1), 1)
        } else if tensor.shape.count == 2, scales.shape == [blocks(rows), blocks(columns)] {
            (rowsPerFactor, columnsPerFactor, across) = (Self.block, Self.block, blocks(columns))
        } else {
            throw CinnabarError(
                .malformed,
                "\(scales.label) has shape \(scales.shape), expected one factor, \(rows) or "
                    + "\([blocks(rows), blocks(columns)]) for the numbers \(tensor.shape)",
                hint: "factors are read of a tensor, of its rows, and of blocks of 128 x 128"
            )
        }
        factors = try scales.floats(checkingFinite: true)
    }

    /// Multiplies numbers of the tensor by their factors.
    ///
    /// - Parameter first: place of the first of them, row-major.
    package func apply(to values: inout [Float], from first: Int) {
        var index = 0
        while index < values.count {
            let (row, column) = (first + index).quotientAndRemainder(dividingBy: columns)
            let part = column / columnsPerFactor
            let factor = factors[row / rowsPerFactor * across + part]
            let end = min(index + min(columns, (part + 1) * columnsPerFactor) - column, values.count)
            while index < end {
                values[index] *= factor
                index += 1
            }
        }
    }
}
