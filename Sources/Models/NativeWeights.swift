package import Checkpoints
import Common
import Foundation
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
    package func work(rows: Int, logitsRows: Int) -> [ForwardOperation: (operations: Double, bytes: Double)] {
        func work(_ matrices: [PackedMatrix], rows: Int) -> (operations: Double, bytes: Double) {
            let size = matrices.reduce(0) { $0 + $1.rows * $1.columns }
            let bytes = rows > 0 ? matrices.reduce(0) { $0 + $1.byteCount } : 0
            return (2 * Double(size * rows), Double(bytes))
        }
        return [
            .queryKeyValue: work(layers.map(\.queryKeyValue), rows: rows),
            .output: work(layers.map(\.output), rows: rows),
            .gateUp: work(layers.map(\.gateUp), rows: rows),
            .down: work(layers.map(\.down), rows: rows),
            .head: work([head], rows: logitsRows),
        ]
    }

    /// Packs the numbers of `source` piece by piece.
    ///
    /// - Parameter headFormat: of the output head; nil for `format`, or int8 beside int4.
    /// - Throws: what reading throws.
    package init<Source: ParameterSource>(
        _ source: Source,
        format: NumberFormat,
        headFormat: NumberFormat? = nil
    ) throws(Source.Failure) {
        var packing = Packing(source: source, format: format, headFormat: headFormat)
        try self.init(&packing)
    }

    /// Reads a model folder: plain numbers are packed, packed ones are mapped.
    ///
    /// - Parameter format: nil takes what the folder is packed in, or int8.
    /// - Throws: if the folder is packed in another format.
    package static func read(_ folder: ModelFolder, format: NumberFormat?) throws -> NativeWeights {
        let configuration = try folder.decode(ModelConfiguration.self, from: "config.json")
        try configuration.validate()
        guard let packed = try configuration.packedFormat() else {
            return try NativeWeights(NativeCheckpoint(folder), format: format ?? .int8)
        }
        guard format == nil || format == packed else {
            throw CinnabarError(
                .invalidArgument,
                "\(folder.url.path) is packed in \(packed.rawValue), \(format?.rawValue ?? "") was asked for",
                hint: "leave the format out, or take the folder that it was packed from"
            )
        }
        var checkpoint = try PackedCheckpoint(folder, configuration, format: packed)
        return try NativeWeights(&checkpoint)
    }

    /// - Throws: what the source throws.
    package init<Source: WeightSource>(_ source: inout Source) throws(Source.Failure) {
        let c = source.configuration
        let layout = ParameterLayout(c)
        let format = source.format
        configuration = c
        self.format = format
        var bytes = 0
        func vector(_ offset: Int, _ count: Int) throws(Source.Failure) -> [Float] {
            try source.vector(offset, count)
        }
        func matrix(
            _ offset: Int,
            _ rows: Int,
            _ columns: Int,
            _ format: NumberFormat
        ) throws(Source.Failure) -> PackedMatrix {
            let packed = try source.matrix(offset, rows, columns, format)
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
        head = try matrix(layout.embedding, c.vocabularySize, c.hiddenSize, source.headFormat)
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
