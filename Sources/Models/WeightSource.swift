package import Kernels

/// Where the packed weights of a network come from: packed from numbers, or as a file holds them. A weight is named by its
/// offset in ``ParameterLayout``.
package protocol WeightSource {
    /// `Never` where nothing can go wrong.
    associatedtype Failure: Error
    var configuration: ModelConfiguration { get }
    /// Of the matrices, apart from those that keep more bits.
    var format: NumberFormat { get }
    mutating func vector(_ offset: Int, _ count: Int) throws(Failure) -> [Float]
    mutating func matrix(_ offset: Int, _ rows: Int, _ columns: Int, _ format: NumberFormat) throws(Failure)
        -> PackedMatrix
}

/// Packs the numbers of a network piece by piece.
struct Packing<Source: ParameterSource>: WeightSource {
    let source: Source
    let format: NumberFormat
    var configuration: ModelConfiguration { source.configuration }

    func vector(_ offset: Int, _ count: Int) throws(Source.Failure) -> [Float] {
        try source.values(offset..<offset + count)
    }

    func matrix(_ offset: Int, _ rows: Int, _ columns: Int, _ format: NumberFormat) throws(Source.Failure)
        -> PackedMatrix
    {
        try PackedMatrix(rows: rows, columns: columns, format: format) { (part) throws(Source.Failure) in
            try source.values(offset + part.lowerBound * columns..<offset + part.upperBound * columns)
        }
    }
}
