import CKernels
package import Kernels
package import Models

/// The memory of one worker and the network's forward and backward pass over one row of training.
///
/// A pass is single-threaded: workers take different rows, so that nothing waits inside a pass. Matrix products run in
/// `format` with fp32 sums; the residual stream, norms, softmax and all gradients are fp32.
package final class RowPass {
    let c: ModelConfiguration
    let layout: ParameterLayout
    let format: NumberFormat
    let kernels: KernelTable
    let k: ck_table
    let capacity: Int
    let positions: Int
    let rope: FloatBuffer

    /// What the backward pass needs of one layer, each `rows × …`.
    struct Saved {
        let input, inputInverse, raw, fused, headInverse, attention, logSumExp, middle, middleInverse,
            gateUp: FloatBuffer
    }

    let saved: [Saved]
    /// The residual stream behind the last layer.
    let final: FloatBuffer
    let normed, wide, fusedGradient, rawGradient, residual, attentionGradient, dots: FloatBuffer
    let left = PackedRows()
    let right = PackedRows()
    let scratch: UnsafeMutableRawPointer
    let head: HeadMemory

    /// - Parameters:
    ///   - capacity: most rows (clean and canvas tokens together) of one pass.
    ///   - positions: most positions of one document.
    package init(
        configuration: ModelConfiguration,
        capacity: Int,
        positions: Int,
        format: NumberFormat,
        kernels: KernelTable = .active
    ) {
        let c = configuration
        self.c = c
        layout = ParameterLayout(c)
        self.format = format
        self.kernels = kernels
        k = kernels.functions.pointee
        self.capacity = capacity
        self.positions = positions
        rope = RotaryTable.make(positions: positions, width: c.headDimension, theta: c.ropeTheta)
        func buffer(_ width: Int) -> FloatBuffer { FloatBuffer(count: capacity * width) }
        saved = (0..<c.layers).map { _ in
            Saved(
                input: buffer(c.hiddenSize),
                inputInverse: buffer(1),
                raw: buffer(c.fusedWidth),
                fused: buffer(c.fusedWidth),
                headInverse: buffer(c.heads + c.keyValueHeads),
                attention: buffer(c.queryWidth),
                logSumExp: buffer(c.heads),
                middle: buffer(c.hiddenSize),
                middleInverse: buffer(1),
                gateUp: buffer(2 * c.feedForwardSize)
            )
        }
        final = buffer(c.hiddenSize)
        normed = buffer(c.hiddenSize)
        wide = buffer(max(2 * c.feedForwardSize, c.queryWidth))
        fusedGradient = buffer(max(c.fusedWidth, 2 * c.feedForwardSize))
        rawGradient = buffer(c.fusedWidth)
        residual = buffer(c.hiddenSize)
        attentionGradient = buffer(max(c.queryWidth, c.feedForwardSize))
        dots = buffer(1)
        scratch = .allocate(byteCount: ck_attention_scratch(capacity, c.headDimension), alignment: 64)
        head = HeadMemory(configuration: c, capacity: capacity)
    }

    deinit { scratch.deallocate() }

    /// Forward and backward: adds the gradient of the weighted losses to `gradient`, returns the loss sums.
    package func train(
        _ input: NetworkInput,
        parameters: UnsafePointer<Float>,
        weights: TrainingWeights,
        gradient: UnsafeMutablePointer<Float>
    ) -> LossSums {
        forward(input, parameters: parameters, weights: weights)
        var sums = LossSums()
        residual.base.update(repeating: 0, count: input.rows * c.hiddenSize)
        head(input, parameters: parameters, weights: weights, gradient: gradient, sums: &sums)
        backward(input, parameters: parameters, weights: weights, gradient: gradient)
        return sums
    }

    /// Forward only: the loss sums without touching any gradient.
    package func evaluate(
        _ input: NetworkInput,
        parameters: UnsafePointer<Float>,
        weights: TrainingWeights,
        visit: ((_ target: Int, _ logits: UnsafeMutablePointer<Float>) -> Void)? = nil
    ) -> LossSums {
        forward(input, parameters: parameters, weights: weights)
        var sums = LossSums()
        head(input, parameters: parameters, weights: weights, gradient: nil, sums: &sums, visit: visit)
        return sums
    }

    /// c[rows, weight.rows] (+)= x[rows, weight.columns] · weightᵀ
    func multiply(
        _ x: UnsafePointer<Float>,
        rows: Int,
        by weight: PackedMatrix,
        into out: UnsafeMutablePointer<Float>,
        accumulate: Bool = false
    ) {
        left.pack(x, rows: rows, columns: weight.columns, format: format, kernels: kernels)
        k.gemm(
            out,
            weight.rows,
            left.data,
            weight.data,
            rows,
            weight.rows,
            weight.columns,
            0,
            weight.panels,
            accumulate ? 1 : 0,
            format.packed
        )
    }

    /// gradient[outputs, inputs] += dyᵀ · x, both with `rows` rows.
    func accumulate(
        _ dy: UnsafePointer<Float>,
        outputs: Int,
        _ x: UnsafePointer<Float>,
        inputs: Int,
        rows: Int,
        into gradient: UnsafeMutablePointer<Float>
    ) {
        left.pack(
            dy,
            rows: outputs,
            columns: rows,
            leadingDimension: outputs,
            reductionMajor: true,
            format: format,
            kernels: kernels
        )
        right.reserve(ck_packed_bytes(inputs, rows, Int(CK_NR), format.packed))
        k.pack(right.data, x, inputs, rows, inputs, Int(CK_NR), 1, format.packed)
        k.gemm(
            gradient,
            inputs,
            left.data,
            right.data,
            outputs,
            inputs,
            rows,
            0,
            (inputs + Int(CK_NR) - 1) / Int(CK_NR),
            1,
            format.packed
        )
    }
}
