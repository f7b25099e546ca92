import CKernels
import Kernels

extension ForwardPass {
    /// QK-norm and rotation of this worker's rows; their keys and values go to the cache or to the canvas buffers.
    func place(_ number: Int, _ layer: NativeWeights.Layer, _ layerNumber: Int) {
        let width = c.headDimension
        let (canvasKeys, canvasValues) = canvasBuffers(layerNumber)
        for i in split.prepared(number) {
            let row = rows.rows[i]
            let x = memory.fused.base + i * c.fusedWidth
            if let bias = layer.queryKeyValueBias { k.axpby(x, bias, c.fusedWidth, 1, 1) }
            let keys = x + c.queryWidth
            if let norms = layer.queryKeyNorm {
                k.rmsnorm(x, nil, x, norms.query, c.heads, width, width, width, c.normEpsilon)
                k.rmsnorm(keys, nil, keys, norms.key, c.keyValueHeads, width, width, width, c.normEpsilon)
            }
            positions.withUnsafeBufferPointer {
                for head in 0..<(c.heads + c.keyValueHeads) {
                    k.rope(x + head * width, rope.base, $0.baseAddress! + i, 1, c.rotaryWidth, width, 1)
                }
            }
            if let factor = c.variant.queryScaling?.factor(at: row.position), factor != 1 {
                for component in 0..<c.queryWidth { x[component] *= factor }
            }
            for head in 0..<c.keyValueHeads {
                let key = keys + head * width
                let value = key + c.keyValueWidth
                if row.canvas < 0 {
                    let cache = caches[row.item]
                    keyValues.store(
                        key: key,
                        value: value,
                        at: row.slot,
                        keys: cache.keys(layerNumber, head),
                        values: cache.values(layerNumber, head)
                    )
                } else {
                    let canvas = rows.canvases[row.canvas]
                    let first = canvasOffset(canvas, head)
                    keyValues.store(
                        key: key,
                        value: value,
                        at: i - canvas.firstRow,
                        keys: canvasKeys + first,
                        values: canvasValues + first
                    )
                }
            }
        }
    }

    /// Where the keys and values of a canvas begin in the buffers of a layer.
    private func canvasOffset(_ canvas: ForwardRows.Canvas, _ head: Int) -> Int {
        head * keyValues.words(rows.canvasSlots) + keyValues.words(canvas.slot)
    }

    /// Keys and values of canvases; two layers in turn.
    private func canvasBuffers(_ layer: Int) -> (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) {
        let offset = layer % 2 * c.keyValueHeads * keyValues.words(rows.canvasSlots)
        return (memory.canvasKeys.base + offset, memory.canvasValues.base + offset)
    }

    /// Groups of queries that this worker attends for, each with a key-value head.
    func queries(_ number: Int) -> [(queries: ForwardRows.Queries, head: Int)] {
        let groups = rows.queries(in: split.rows(number), heads: c.heads / c.keyValueHeads)
        let all = groups.flatMap { group in (0..<c.keyValueHeads).map { (group, $0) } }
        guard split.dividesOutputs else { return all }
        return stride(from: number, to: all.count, by: split.workers).map { all[$0] }
    }

    func attend(_ number: Int, _ queries: [(queries: ForwardRows.Queries, head: Int)], _ layer: Int) {
        let width = c.headDimension
        let group = c.heads / c.keyValueHeads
        let scale = 1 / Float(width).squareRoot()
        let scores = memory.workers[number].scores.base
        let (canvasKeys, canvasValues) = canvasBuffers(layer)
        var out: [UnsafeMutablePointer<Float>?] = []
        var from: [UnsafePointer<Float>?] = []
        var clean: [Int] = []
        for (part, head) in queries {
            out.removeAll(keepingCapacity: true)
            from.removeAll(keepingCapacity: true)
            clean.removeAll(keepingCapacity: true)
            for i in part.rows {
                for query in part.heads {
                    let at = (head * group + query) * width
                    out.append(memory.attention.base + i * c.queryWidth + at)
                    from.append(UnsafePointer(memory.fused.base + i * c.fusedWidth + at))
                    clean.append(rows.rows[i].clean)
                }
            }
            let row = rows.rows[part.rows.lowerBound]
            let cache = caches[row.item]
            let canvas = row.canvas < 0 ? nil : rows.canvases[row.canvas]
            let first = canvas.map { canvasOffset($0, head) } ?? 0
            let (keys, values) =
                row.clean == 0 ? (canvasKeys, canvasValues) : (cache.keys(layer, head), cache.values(layer, head))
            k.attend(
                from.count,
                out,
                from,
                clean,
                keys,
                values,
                canvasKeys + first,
                canvasValues + first,
                canvas?.count ?? 0,
                width,
                scale,
                keyValues.format.packed,
                scores
            )
        }
    }
}
