import CKernels
package import Kernels
package import Models

/// The matrices of one step, packed for both directions and shared by all workers.
package final class TrainingWeights: Sendable {
    /// A linear layer `y = x Wᵀ`: `forward` sums over inputs, `backward` over outputs.
    struct Linear: Sendable {
        let forward: PackedMatrix
        let backward: PackedMatrix

        init(_ source: UnsafePointer<Float>, outputs: Int, inputs: Int, format: NumberFormat, kernels: KernelTable) {
            forward = PackedMatrix(source, rows: outputs, columns: inputs, format: format, kernels: kernels)
            backward = PackedMatrix(
                transposing: source,
                rows: inputs,
                columns: outputs,
                leadingDimension: inputs,
                format: format,
                kernels: kernels
            )
        }
    }

    struct Layer: Sendable {
        let queryKeyValue, output, gateUp, down: Linear
    }

    let layers: [Layer]
    let head: Linear
    /// Of the transition scores' successors.
    let transitions: Linear?

    package init(
        _ parameters: UnsafePointer<Float>,
        configuration c: ModelConfiguration,
        layout: ParameterLayout,
        format: NumberFormat,
        kernels: KernelTable = .active
    ) {
        func linear(_ offset: Int, _ outputs: Int, _ inputs: Int) -> Linear {
            Linear(parameters + offset, outputs: outputs, inputs: inputs, format: format, kernels: kernels)
        }
        layers = layout.layers.map {
            Layer(
                queryKeyValue: linear($0.queryKeyValue, c.fusedWidth, c.hiddenSize),
                output: linear($0.output, c.hiddenSize, c.queryWidth),
                gateUp: linear($0.gateUp, 2 * c.feedForwardSize, c.hiddenSize),
                down: linear($0.down, c.hiddenSize, c.feedForwardSize)
            )
        }
        head = linear(layout.embedding, c.vocabularySize, c.hiddenSize)
        transitions = layout.transitions.map { linear($0.next, c.vocabularySize, c.transitionRank) }
    }
}
