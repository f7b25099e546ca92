package import Kernels

/// Where the packed weights of a network come from: packed from numbers, or as a file holds them. A weight is named by its
/// offset in ``ParameterLayout``.
package protocol WeightSource {
    /// `Never` where nothing can go wrong.
    associatedtype Failure: Error
    var configuration: ModelConfiguration { get }
    /// Of the matrices, apart from those that keep more bits.
    var format: NumberFormat { get }
    /// Of the output head, which is the input embedding too.
    var headFormat: NumberFormat { get }
    mutating func vector(_ offset: Int, _ count: Int) throws(Failure) -> [Float]
    mutating func matrix(_ offset: Int, _ rows: Int, _ columns: Int, _ format: NumberFormat) throws(Failure)
        -> PackedMatrix
}

extension WeightSource {
    package var headFormat: NumberFormat { format.head }
}

extension NumberFormat {
    /// What is read as the input and decides between tokens keeps its eight bits.
    var head: NumberFormat { self == .int4 ? .int8 : self }
}

/// Packs the numbers of a network piece by piece.
struct Packing<Source: ParameterSource>: WeightSource {
    let source: Source
    let format: NumberFormat
    let headFormat: NumberFormat

    /// - Parameter headFormat: nil for the usual one.
    init(source: Source, format: NumberFormat, headFormat: NumberFormat? = nil) {
        self.source = source
        self.format = format
        self.headFormat = headFormat ?? format.head
    }

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
