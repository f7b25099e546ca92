import CKernels
import Foundation
import Kernels

/// One call of the native network over a batch of rows.
///
/// `@unchecked Sendable`: workers of the pool write disjoint parts of the buffers; the pool's rounds order them.
struct ForwardPass: @unchecked Sendable {
    let weights: NativeWeights
    let rows: ForwardRows
    let caches: [NativeCache]
    let memory: ForwardMemory
    let pool: ThreadPool
    let kernels: KernelTable
    let rope: FloatBuffer
    private let c: ModelConfiguration
    private let k: ck_table
    private let count: Int
    private let positions: [Int32]

    init(
        weights: NativeWeights,
        rows: ForwardRows,
        caches: [NativeCache],
        memory: ForwardMemory,
        pool: ThreadPool,
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
        count = rows.rows.count
        positions = rows.rows.map { Int32($0.position) }
    }

    func run() -> [Prediction] {
        embed()
        for (number, layer) in weights.layers.enumerated() {
            pool.run { linear($0, normed(layer.inputNorm), layer.queryKeyValue, into: memory.fused.base) }
            pool.run { place($0, layer, number) }
            pool.run { attend($0, number) }
            pool.run {
                linear($0, stored(memory.attention), layer.output, into: memory.residual.base, accumulate: true)
            }
            pool.run { linear($0, normed(layer.postNorm), layer.gateUp, into: memory.gateUp.base) }
            pool.run { linear($0, activated, layer.down, into: memory.residual.base, accumulate: true) }
        }
        return predict()
    }

    /// Token embeddings; canvas rows carry the canvas vector on top.
    private func embed() {
        let hidden = c.hiddenSize
        weights.embedding.withUnsafeBufferPointer { table in
            for (i, row) in rows.rows.enumerated() {
                let x = memory.residual.base + i * hidden
                x.update(from: table.baseAddress! + Int(row.token) * hidden, count: hidden)
                if row.canvas >= 0 { k.axpby(x, weights.canvasEmbedding, hidden, 1, 1) }
            }
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
    private func stored(_ buffer: FloatBuffer) -> Input {
        { _, rows in UnsafePointer(buffer.base + rows.lowerBound * c.queryWidth) }
    }

    /// This worker's part of out[rows, weight.rows] (+)= input · weightᵀ. Many rows are dealt out by rows; few rows by
    /// outputs, each worker then preparing the inputs for itself, which costs less than waiting for another to do it.
    private func linear(
        _ number: Int,
        _ input: Input,
        _ weight: PackedMatrix,
        into out: UnsafeMutablePointer<Float>,
        accumulate: Bool = false
    ) {
        let worker = memory.workers[number]
        let byRows = count >= 24 * pool.threads
        let part = byRows ? pool.share(of: count, worker: number) : 0..<count
        let panels = byRows ? 0..<weight.panels : pool.share(of: weight.panels, worker: number)
        guard !part.isEmpty, !panels.isEmpty else { return }
        worker.left.pack(
            input(worker, part),
            rows: part.count,
            columns: weight.columns,
            format: weight.format,
            kernels: kernels
        )
        k.gemm(
            out + part.lowerBound * weight.rows,
            weight.rows,
            worker.left.data,
            weight.data,
            part.count,
            weight.rows,
            weight.columns,
            panels.lowerBound,
            panels.upperBound,
            accumulate ? 1 : 0,
            weight.format.packed
        )
    }

    // MARK: Attention

    /// QK-norm and rotation of this worker's rows; their keys and values go to the cache or to the canvas buffers.
    private func place(_ number: Int, _ layer: NativeWeights.Layer, _ layerNumber: Int) {
        let width = c.headDimension
        for i in pool.share(of: count, worker: number) {
            let row = rows.rows[i]
            let x = memory.fused.base + i * c.fusedWidth
            k.rmsnorm(x, nil, x, layer.queryNorm, c.heads, width, width, width, c.normEpsilon)
            let keys = x + c.queryWidth
            k.rmsnorm(keys, nil, keys, layer.keyNorm, c.keyValueHeads, width, width, width, c.normEpsilon)
            for head in 0..<(c.heads + c.keyValueHeads) {
                k.rope(x + head * width, rope.base, [positions[i]], 1, width, width, 1)
            }
            for head in 0..<c.keyValueHeads {
                let value = keys + c.keyValueWidth + head * width
                if row.canvas < 0 {
                    let cache = caches[row.item]
                    NativeCache.store(
                        keys + head * width,
                        width: width,
                        at: row.position,
                        in: cache.keys(layerNumber, head)
                    )
                    (cache.values(layerNumber, head) + row.position * width).update(from: value, count: width)
                } else {
                    let canvas = rows.canvases[row.canvas]
                    let slot = canvas.slot + i - canvas.firstRow
                    let base = head * rows.canvasSlots * width
                    NativeCache.store(
                        keys + head * width,
                        width: width,
                        at: slot,
                        in: memory.canvasKeys.base + base
                    )
                    (memory.canvasValues.base + base + slot * width).update(from: value, count: width)
                }
            }
        }
    }

    /// This worker's share of the groups of queries of all key-value heads.
    private func attend(_ number: Int, _ layer: Int) {
        let width = c.headDimension
        let group = c.heads / c.keyValueHeads
        let scale = 1 / Float(width).squareRoot()
        let scores = memory.workers[number].scores.base
        var out: [UnsafeMutablePointer<Float>?] = []
        var queries: [UnsafePointer<Float>?] = []
        var clean: [Int] = []
        // Dealt out in turn: later rows see more keys.
        for task in stride(from: number, to: rows.queries.count * c.keyValueHeads, by: pool.threads) {
            let (part, kv) = (rows.queries[task / c.keyValueHeads], task % c.keyValueHeads)
            out.removeAll(keepingCapacity: true)
            queries.removeAll(keepingCapacity: true)
            clean.removeAll(keepingCapacity: true)
            for i in part.rows {
                for head in part.heads {
                    let at = (kv * group + head) * width
                    out.append(memory.attention.base + i * c.queryWidth + at)
                    queries.append(UnsafePointer(memory.fused.base + i * c.fusedWidth + at))
                    clean.append(rows.rows[i].clean)
                }
            }
            let row = rows.rows[part.rows.lowerBound]
            let cache = caches[row.item]
            let base = kv * rows.canvasSlots * width
            let canvas = row.canvas < 0 ? nil : rows.canvases[row.canvas]
            let slot = canvas?.slot ?? 0
            let (keys, values) =
                row.clean == 0
                ? (memory.canvasKeys.base, memory.canvasValues.base)
                : (cache.keys(layer, kv), cache.values(layer, kv))
            k.attend(
                queries.count,
                out,
                queries,
                clean,
                keys,
                values,
                memory.canvasKeys.base + base + slot * width,
                memory.canvasValues.base + base + slot * width,
                canvas?.count ?? 0,
                width,
                scale,
                scores
            )
        }
    }

    // MARK: Output

    /// Final norm, logits and detector at the wanted rows only.
    private func predict() -> [Prediction] {
        let hidden = c.hiddenSize
        let vocabulary = c.vocabularySize
        let wanted = rows.wanted
        guard !wanted.isEmpty else {
            return rows.wantedRanges.map { _ in Prediction(vocabularySize: vocabulary, logits: [], correctness: []) }
        }
        var states = [Float](repeating: 0, count: wanted.count * hidden)
        var correctness = [Float](repeating: 1, count: wanted.count)
        states.withUnsafeMutableBufferPointer { states in
            for (i, row) in wanted.enumerated() {
                let isCanvas = rows.rows[row].canvas >= 0
                let h = states.baseAddress! + i * hidden
                k.rmsnorm(
                    h,
                    nil,
                    memory.residual.base + row * hidden,
                    isCanvas ? weights.canvasNorm : weights.finalNorm,
                    1,
                    hidden,
                    hidden,
                    hidden,
                    c.normEpsilon
                )
                if isCanvas {
                    let score = k.dot(weights.detectorWeight, h, hidden) + weights.detectorBias
                    correctness[i] = 1 / (1 + exp(-score))
                }
            }
        }
        let logits = [Float](unsafeUninitializedCapacity: wanted.count * vocabulary) { buffer, initialized in
            nonisolated(unsafe) let out = buffer.baseAddress!
            states.withUnsafeBufferPointer { states in
                nonisolated(unsafe) let states = states.baseAddress!
                pool.run { number in
                    let worker = memory.workers[number]
                    let panels = pool.share(of: weights.head.panels, worker: number)
                    worker.left.pack(
                        states,
                        rows: wanted.count,
                        columns: hidden,
                        format: weights.head.format,
                        kernels: kernels
                    )
                    k.gemm(
                        out,
                        vocabulary,
                        worker.left.data,
                        weights.head.data,
                        wanted.count,
                        vocabulary,
                        hidden,
                        panels.lowerBound,
                        panels.upperBound,
                        0,
                        weights.head.format.packed
                    )
                }
            }
            initialized = wanted.count * vocabulary
        }
        return rows.wantedRanges.map { range in
            Prediction(
                vocabularySize: vocabulary,
                logits: Array(logits[range.lowerBound * vocabulary..<range.upperBound * vocabulary]),
                correctness: Array(correctness[range])
            )
        }
    }
}
