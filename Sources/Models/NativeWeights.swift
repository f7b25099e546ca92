import Checkpoints
package import Kernels

/// The weights of a native network, packed for decoding.
package struct NativeWeights: Sendable {
    struct Layer: Sendable {
        let inputNorm, queryNorm, keyNorm, postNorm: [Float]
        let queryKeyValue, output, gateUp, down: PackedMatrix
    }

    package let configuration: ModelConfiguration
    let layers: [Layer]
    /// Output head and, row by row, the tied token embedding.
    let head: PackedMatrix
    let finalNorm, canvasNorm, canvasEmbedding, detectorWeight: [Float]
    let detectorBias: Float
    let transitions: TransitionScores?

    package let format: NumberFormat
    /// Bytes of all packed matrices.
    package let packedBytes: Int

    /// What the products of a forward are at least: operations (a multiply-add is two) and bytes of weights.
    package func work(rows: Int, logitsRows: Int) -> (operations: Double, bytes: Double) {
        func sum(_ value: (PackedMatrix) -> Int) -> Int {
            layers.reduce(0) { $0 + value($1.queryKeyValue) + value($1.output) + value($1.gateUp) + value($1.down) }
        }
        let size: (PackedMatrix) -> Int = { $0.rows * $0.columns }
        return (
            2 * Double(sum(size) * rows + size(head) * logitsRows),
            Double(sum(\.byteCount) + (logitsRows > 0 ? head.byteCount : 0))
        )
    }

    /// Packs the numbers of `source` piece by piece.
    ///
    /// - Throws: what reading throws.
    package init<Source: ParameterSource>(_ source: Source, format: NumberFormat) throws(Source.Failure) {
        let c = source.configuration
        let layout = ParameterLayout(c)
        configuration = c
        self.format = format
        var bytes = 0
        func vector(_ offset: Int, _ count: Int) throws(Source.Failure) -> [Float] {
            try source.values(offset..<offset + count)
        }
        func matrix(
            _ offset: Int,
            _ rows: Int,
            _ columns: Int,
            _ format: NumberFormat
        ) throws(Source.Failure) -> PackedMatrix {
            let packed = try PackedMatrix(rows: rows, columns: columns, format: format) {
                (part) throws(Source.Failure) in
                try source.values(offset + part.lowerBound * columns..<offset + part.upperBound * columns)
            }
            bytes += packed.byteCount
            return packed
        }
        layers = try layout.layers.map { (at) throws(Source.Failure) in
            Layer(
                inputNorm: try vector(at.inputNorm, c.hiddenSize),
                queryNorm: try vector(at.queryNorm, c.headDimension),
                keyNorm: try vector(at.keyNorm, c.headDimension),
                postNorm: try vector(at.postNorm, c.hiddenSize),
                queryKeyValue: try matrix(at.queryKeyValue, c.fusedWidth, c.hiddenSize, format),
                output: try matrix(at.output, c.hiddenSize, c.queryWidth, format),
                gateUp: try matrix(at.gateUp, 2 * c.feedForwardSize, c.hiddenSize, format),
                down: try matrix(at.down, c.hiddenSize, c.feedForwardSize, format)
            )
        }
        // What is read as the input and decides between tokens keeps its eight bits.
        head = try matrix(layout.embedding, c.vocabularySize, c.hiddenSize, format == .int4 ? .int8 : format)
        finalNorm = try vector(layout.finalNorm, c.hiddenSize)
        canvasNorm = try vector(layout.canvasNorm, c.hiddenSize)
        canvasEmbedding = try vector(layout.canvasEmbedding, c.hiddenSize)
        detectorWeight = try vector(layout.detectorWeight, c.hiddenSize)
        detectorBias = try vector(layout.detectorBias, 1)[0]
        transitions = try layout.transitions.map { (at) throws(Source.Failure) in
            TransitionScores(
                previous: try vector(at.previous, c.vocabularySize * c.transitionRank),
                // Short rows: integers would save little.
                next: try matrix(at.next, c.vocabularySize, c.transitionRank, format.isInteger ? .bf16 : format)
            )
        }
        packedBytes = bytes
    }
}
