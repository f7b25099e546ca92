import CKernels
import Foundation
import Kernels

/// One call of the native network over a batch of rows.
///
/// `@unchecked Sendable`: workers write disjoint parts of the buffers; barriers order writes before reads.
struct ForwardPass: @unchecked Sendable {
    let weights: NativeWeights
    let rows: ForwardRows
    let caches: [NativeCache]
    let memory: ForwardMemory
    let pool: ThreadPool
    let kernels: KernelTable
    let rope: FloatBuffer
    let c: ModelConfiguration
    let k: ck_table
    let split: WorkSplit
    let keyValues: KeyValues
    let positions: [Int32]

    init(
        weights: NativeWeights,
        rows: ForwardRows,
        caches: [NativeCache],
        memory: ForwardMemory,
        pool: ThreadPool,
        workers: Int,
        kernels: KernelTable,
        rope: FloatBuffer
    ) {
        self.weights = weights
        self.rows = rows
        self.caches = caches
        self.memory = memory
        self.pool = pool
        self.kernels = kernels
        self.rope = rope
        c = weights.configuration
        k = kernels.functions.pointee
        keyValues = KeyValues(width: c.headDimension, format: weights.format.keyValues)
        positions = rows.rows.map { Int32($0.position) }
        // In multiply-adds; those of attention are fp32 and take about twice as long.
        let linear = Double(ParameterLayout(c).count)
        let perKey = Double(4 * c.layers * c.queryWidth)
        split = WorkSplit(
            costs: rows.rows.map { linear + perKey * Double($0.clean) },
            workers: workers,
            weightBytes: weights.packedBytes
        )
    }

    func run() -> [Prediction] {
        let count = rows.wanted.count
        var correctness = [Float](repeating: 1, count: count)
        let logits = [Float](unsafeUninitializedCapacity: count * c.vocabularySize) { buffer, initialized in
            correctness.withUnsafeMutableBufferPointer { correctness in
                nonisolated(unsafe) let (buffer, correctness) = (buffer, correctness)
                pool.run(alone: split.workers == 1) { work($0, buffer, correctness) }
            }
            initialized = count * c.vocabularySize
        }
        let vocabulary = c.vocabularySize
        if rows.wantedRanges.count == 1 {
            return [
                Prediction(
                    vocabularySize: vocabulary,
                    logits: logits,
                    correctness: correctness,
                    transitions: weights.transitions
                )
            ]
        }
        return rows.wantedRanges.map { range in
            Prediction(
                vocabularySize: vocabulary,
                logits: Array(logits[range.lowerBound * vocabulary..<range.upperBound * vocabulary]),
                correctness: Array(correctness[range]),
                transitions: weights.transitions
            )
        }
    }

    /// All of one worker's part, from the embedding to the logits.
    private func work(
        _ number: Int,
        _ logits: UnsafeMutableBufferPointer<Float>,
        _ correctness: UnsafeMutableBufferPointer<Float>
    ) {
        let queries = self.queries(number)
        timed(.embedding, number) { embed(number) }
        for (index, layer) in weights.layers.enumerated() {
            meetIfOutputsAreDivided(number)
            linear(.queryKeyValue, number, normed(layer.inputNorm), layer.queryKeyValue, into: memory.fused.base)
            meetIfOutputsAreDivided(number)
            timed(.placement, number) { place(number, layer, index) }
            meet(number)
            timed(.attention, number) { attend(number, queries, index) }
            meetIfOutputsAreDivided(number)
            linear(.output, number, stored, layer.output, into: memory.residual.base, accumulate: true)
            meetIfOutputsAreDivided(number)
            switch layer.feedForward {
            case .dense(let gated):
                linear(.gateUp, number, normed(layer.postNorm), gated.gateUp, into: memory.gateUp.base)
                meetIfOutputsAreDivided(number)
                linear(.down, number, activated, gated.down, into: memory.residual.base, accumulate: true)
            case .experts(let experts):
                mix(number, experts, norm: layer.postNorm)
            }
        }
        meetIfOutputsAreDivided(number)
        timed(.head, number) { predict(number, logits, correctness) }
    }

    func meet(_ number: Int) {
        timed(.waiting, number) { memory.workers[number].waited += memory.barrier.wait(for: split.workers) }
    }

    private func meetIfOutputsAreDivided(_ number: Int) {
        if split.dividesOutputs { meet(number) }
    }

    /// Adds the time of `body` to the measurement, if there is one: the last worker's, who has the last row.
    func timed<Result>(_ operation: ForwardOperation, _ number: Int, _ body: () -> Result) -> Result {
        guard number == split.workers - 1, memory.times != nil else { return body() }
        let begin = ContinuousClock.now
        defer { memory.times?[operation] += ContinuousClock.now - begin }
        return body()
    }

    /// Token embeddings; canvas rows carry the canvas vector on top.
    private func embed(_ number: Int) {
        let hidden = c.hiddenSize
        for i in split.prepared(number) {
            let row = rows.rows[i]
            let x = memory.residual.base + i * hidden
            weights.embedding.copyRow(Int(row.token), to: x)
            if row.canvas >= 0, let canvas = weights.canvas { k.axpby(x, canvas.embedding, hidden, 1, 1) }
        }
    }

    // MARK: Linear layers

    /// Gives a worker the inputs of some rows: a pointer to the first of them.
    private typealias Input = (_ worker: ForwardMemory.Worker, _ rows: Range<Int>) -> UnsafePointer<Float>

    /// RMSNorm of the residual stream.
    private func normed(_ gain: [Float]) -> Input {
        { worker, rows in
            k.rmsnorm(
                worker.normed.base,
                nil,
                memory.residual.base + rows.lowerBound * c.hiddenSize,
                gain,
                rows.count,
                c.hiddenSize,
                c.hiddenSize,
                c.hiddenSize,
                c.normEpsilon
            )
            return UnsafePointer(worker.normed.base)
        }
    }

    /// SwiGLU of the gate and up products.
    private var activated: Input {
        { worker, rows in
            k.swiglu(
                worker.wide.base,
                memory.gateUp.base + rows.lowerBound * 2 * c.feedForwardSize,
                rows.count,
                c.feedForwardSize
            )
            return UnsafePointer(worker.wide.base)
        }
    }

    /// Rows of the attention output, as they are.
    private var stored: Input {
        { _, rows in UnsafePointer(memory.attention.base + rows.lowerBound * c.queryWidth) }
    }

    /// This worker's part of out[rows, weight.rows] (+)= input · weightᵀ. Where outputs are divided, each worker prepares
    /// the inputs for itself, which costs less than waiting for another to do it.
    private func linear(
        _ operation: ForwardOperation,
        _ number: Int,
        _ input: Input,
        _ weight: PackedMatrix,
        into out: UnsafeMutablePointer<Float>,
        accumulate: Bool = false
    ) {
        let part = split.rows(number)
        let x = timed(.preparation, number) { input(memory.workers[number], part) }
        timed(operation, number) {
            multiply(
                number,
                x,
                rows: part.count,
                by: weight,
                into: out + part.lowerBound * weight.rows,
                accumulate: accumulate
            )
        }
    }

    /// This worker's outputs of x[rows, weight.columns] · weightᵀ.
    ///
    /// - Parameter panels: of outputs, if not the worker's part of them.
    func multiply(
        _ number: Int,
        _ x: UnsafePointer<Float>,
        rows: Int,
        by weight: PackedMatrix,
        panels: Range<Int>? = nil,
        into out: UnsafeMutablePointer<Float>,
        accumulate: Bool
    ) {
        let panels = panels ?? split.panels(number, of: weight.panels)
        guard rows > 0, !panels.isEmpty else { return }
        let left = memory.workers[number].left
        left.pack(x, rows: rows, columns: weight.columns, format: weight.format, kernels: kernels)
        k.gemm(
            out,
            weight.rows,
            left.data,
            weight.data,
            rows,
            weight.rows,
            weight.columns,
            panels.lowerBound,
            panels.upperBound,
            accumulate ? 1 : 0,
            weight.format.packed
        )
    }
}
