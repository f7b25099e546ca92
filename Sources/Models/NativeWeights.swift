package import Checkpoints
package import Kernels

/// The weights of a native network, packed for decoding.
package struct NativeWeights: Sendable {
    struct Layer: Sendable {
        let inputNorm, queryNorm, keyNorm, postNorm: [Float]
        let queryKeyValue, output, gateUp, down: PackedMatrix
    }

    package let configuration: ModelConfiguration
    let layers: [Layer]
    /// `vocabulary × hidden`, row-major.
    let embedding: [Float]
    let head: PackedMatrix
    let finalNorm, canvasNorm, canvasEmbedding, detectorWeight: [Float]
    let detectorBias: Float
    let transitions: TransitionScores?

    /// Bytes of one weight of a matrix as it is packed.
    package var bytesPerWeight: Int { head.format.bytesPerWeight }

    /// Loads a Hugging Face folder of `model_type: cinnabar`.
    package init(_ folder: ModelFolder, format: NumberFormat) throws {
        let (configuration, parameters) = try NativeCheckpoint.read(folder)
        self.init(parameters, configuration: configuration, format: format)
    }

    /// - Parameter parameters: flat, in the order of ``ParameterLayout``.
    package init(_ parameters: [Float], configuration c: ModelConfiguration, format: NumberFormat) {
        let layout = ParameterLayout(c)
        precondition(parameters.count == layout.count)
        configuration = c
        func vector(_ offset: Int, _ count: Int) -> [Float] { Array(parameters[offset..<offset + count]) }
        func matrix(_ offset: Int, _ rows: Int, _ columns: Int, _ format: NumberFormat) -> PackedMatrix {
            parameters.withUnsafeBufferPointer {
                PackedMatrix($0.baseAddress! + offset, rows: rows, columns: columns, format: format)
            }
        }
        layers = layout.layers.map {
            Layer(
                inputNorm: vector($0.inputNorm, c.hiddenSize),
                queryNorm: vector($0.queryNorm, c.headDimension),
                keyNorm: vector($0.keyNorm, c.headDimension),
                postNorm: vector($0.postNorm, c.hiddenSize),
                queryKeyValue: matrix($0.queryKeyValue, c.fusedWidth, c.hiddenSize, format),
                output: matrix($0.output, c.hiddenSize, c.queryWidth, format),
                gateUp: matrix($0.gateUp, 2 * c.feedForwardSize, c.hiddenSize, format),
                down: matrix($0.down, c.hiddenSize, c.feedForwardSize, format)
            )
        }
        embedding = vector(layout.embedding, c.vocabularySize * c.hiddenSize)
        head = matrix(layout.embedding, c.vocabularySize, c.hiddenSize, format)
        finalNorm = vector(layout.finalNorm, c.hiddenSize)
        canvasNorm = vector(layout.canvasNorm, c.hiddenSize)
        canvasEmbedding = vector(layout.canvasEmbedding, c.hiddenSize)
        detectorWeight = vector(layout.detectorWeight, c.hiddenSize)
        detectorBias = parameters[layout.detectorBias]
        transitions = layout.transitions.map {
            TransitionScores(
                previous: vector($0.previous, c.vocabularySize * c.transitionRank),
                // Short rows: int8 would save little.
                next: matrix($0.next, c.vocabularySize, c.transitionRank, format == .int8 ? .bf16 : format)
            )
        }
    }
}
