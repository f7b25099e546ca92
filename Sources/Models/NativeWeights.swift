package import Checkpoints
import Common
import Foundation
package import Kernels

/// The weights of a native network, packed for decoding.
package struct NativeWeights: Sendable {
    struct Layer: Sendable {
        let inputNorm, postNorm: [Float]
        let queryKeyValueBias: [Float]?
        let queryKeyNorm: (query: [Float], key: [Float])?
        let queryKeyValue, output: PackedMatrix
        let feedForward: FeedForward
    }

    struct Gated: Sendable {
        let gateUp, down: PackedMatrix
        var width: Int { down.columns }
    }

    enum FeedForward: Sendable {
        case dense(Gated)
        case experts(Experts)
    }

    struct Experts: Sendable {
        let router: PackedMatrix
        let bias: [Float]?
        /// The shared one, if there is one, comes last.
        let all: [Gated]
    }

    /// What canvas rows have of their own.
    struct Canvas: Sendable {
        let embedding, norm, detectorWeight: [Float]
        let detectorBias: Float
    }

    package let configuration: ModelConfiguration
    let layers: [Layer]
    let head: PackedMatrix
    /// Read row by row; the head where they are tied.
    let embedding: PackedMatrix
    let finalNorm: [Float]
    let canvas: Canvas?
    let transitions: TransitionScores?

    package let format: NumberFormat
    /// Bytes of all packed matrices.
    package let packedBytes: Int

    /// What the products of a forward are at least: operations (a multiply-add is two) and bytes of weights.
    package func work(rows: Int, logitsRows: Int) -> [ForwardOperation: (operations: Double, bytes: Double)] {
        /// - Parameter share: of the matrices that a row is multiplied by.
        func work(_ matrices: [PackedMatrix], rows: Int, share: Double = 1) -> (operations: Double, bytes: Double) {
            let size = matrices.reduce(0) { $0 + $1.rows * $1.columns }
            let bytes = rows > 0 ? matrices.reduce(0) { $0 + $1.byteCount } : 0
            return (2 * share * Double(size * rows), share * Double(bytes))
        }
        let dense = layers.filter { !$0.hasExperts }.flatMap(\.gated)
        let experts = layers.filter(\.hasExperts).flatMap(\.gated)
        let used = configuration.variant.experts.map { Double($0.chosen) / Double($0.experts) } ?? 1
        return [
            .queryKeyValue: work(layers.map(\.queryKeyValue), rows: rows),
            .output: work(layers.map(\.output), rows: rows),
            .gateUp: work(dense.map(\.gateUp), rows: rows),
            .down: work(dense.map(\.down), rows: rows),
            .experts: work(experts.flatMap { [$0.gateUp, $0.down] }, rows: rows, share: used),
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
        let (configuration, family) = try ModelConfiguration.read(folder)
        guard let packed = try configuration.packedFormat() else {
            let names = TensorNames(family, configuration)
            let checkpoint = try NativeCheckpoint(folder.weights(), configuration, names)
            return try NativeWeights(checkpoint, format: format ?? .int8)
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
        func gated(_ at: ParameterLayout.Gated) throws(Source.Failure) -> Gated {
            Gated(
                gateUp: try matrix(at.gateUp, 2 * at.width, c.hiddenSize, format),
                down: try matrix(at.down, c.hiddenSize, at.width, format)
            )
        }
        func feedForward(_ at: ParameterLayout.FeedForward) throws(Source.Failure) -> FeedForward {
            switch at {
            case .dense(let part): return .dense(try gated(part))
            case .experts(let parts, let shared, let router, let bias):
                return .experts(
                    Experts(
                        // Which experts a token gets must not hang on rounding.
                        router: try matrix(router, parts.count, c.hiddenSize, .fp32),
                        bias: try bias.map { (at) throws(Source.Failure) in try vector(at, parts.count) },
                        all: try (parts + (shared.map { [$0] } ?? [])).map { (at) throws(Source.Failure) in
                            try gated(at)
                        }
                    )
                )
            }
        }
        layers = try layout.layers.map { (at) throws(Source.Failure) in
            Layer(
                inputNorm: try vector(at.inputNorm, c.hiddenSize),
                postNorm: try vector(at.postNorm, c.hiddenSize),
                queryKeyValueBias: try at.queryKeyValueBias.map { (bias) throws(Source.Failure) in
                    try vector(bias, c.fusedWidth)
                },
                queryKeyNorm: try at.queryKeyNorm.map { (norms) throws(Source.Failure) in
                    (try vector(norms.query, c.headDimension), try vector(norms.key, c.headDimension))
                },
                queryKeyValue: try matrix(at.queryKeyValue, c.fusedWidth, c.hiddenSize, format),
                output: try matrix(at.output, c.hiddenSize, c.queryWidth, format),
                feedForward: try feedForward(at.feedForward)
            )
        }
        head = try matrix(layout.head, c.vocabularySize, c.hiddenSize, source.headFormat)
        embedding =
            c.tiedEmbedding ? head : try matrix(layout.embedding, c.vocabularySize, c.hiddenSize, source.headFormat)
        finalNorm = try vector(layout.finalNorm, c.hiddenSize)
        canvas = try layout.canvas.map { (at) throws(Source.Failure) in
            Canvas(
                embedding: try vector(at.embedding, c.hiddenSize),
                norm: try vector(at.norm, c.hiddenSize),
                detectorWeight: try vector(at.detectorWeight, c.hiddenSize),
                detectorBias: try vector(at.detectorBias, 1)[0]
            )
        }
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

extension NativeWeights.Layer {
    var hasExperts: Bool {
        if case .experts = feedForward { true } else { false }
    }

    /// All that the layer has of them.
    var gated: [NativeWeights.Gated] {
        switch feedForward {
        case .dense(let gated): [gated]
        case .experts(let experts): experts.all
        }
    }
}
