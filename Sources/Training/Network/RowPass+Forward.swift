import CKernels
import Kernels
import Models

extension RowPass {
    /// Fills ``saved`` and ``final``.
    func forward(_ input: NetworkInput, parameters: UnsafePointer<Float>, weights: TrainingWeights) {
        precondition(input.rows <= capacity)
        let rows = input.rows
        let hidden = c.hiddenSize
        let x = final.base
        embed(input, parameters, into: x)
        for (i, layer) in layout.layers.enumerated() {
            let s = saved[i]
            let w = weights.layers[i]
            s.input.base.update(from: x, count: rows * hidden)
            k.rmsnorm(
                normed.base,
                s.inputInverse.base,
                x,
                parameters + layer.inputNorm,
                rows,
                hidden,
                hidden,
                hidden,
                c.normEpsilon
            )
            multiply(normed.base, rows: rows, by: w.queryKeyValue.forward, into: s.raw.base)
            rotate(input, parameters, layer, s)
            attend(input, s)
            multiply(s.attention.base, rows: rows, by: w.output.forward, into: x, accumulate: true)
            s.middle.base.update(from: x, count: rows * hidden)
            k.rmsnorm(
                normed.base,
                s.middleInverse.base,
                x,
                parameters + layer.postNorm,
                rows,
                hidden,
                hidden,
                hidden,
                c.normEpsilon
            )
            multiply(normed.base, rows: rows, by: w.gateUp.forward, into: s.gateUp.base)
            k.swiglu(wide.base, s.gateUp.base, rows, c.feedForwardSize)
            multiply(wide.base, rows: rows, by: w.down.forward, into: x, accumulate: true)
        }
    }

    /// Token embeddings; canvas rows carry the canvas vector on top.
    private func embed(_ input: NetworkInput, _ parameters: UnsafePointer<Float>, into x: UnsafeMutablePointer<Float>) {
        let hidden = c.hiddenSize
        for (row, token) in input.tokens.enumerated() {
            (x + row * hidden).update(from: parameters + layout.embedding + Int(token) * hidden, count: hidden)
            if row >= input.cleanRows {
                k.axpby(x + row * hidden, parameters + layout.canvasEmbedding, hidden, 1, 1)
            }
        }
    }

    /// QK-norm and rotary positions: `raw` stays for the backward pass, `fused` is what attention reads.
    private func rotate(
        _ input: NetworkInput,
        _ parameters: UnsafePointer<Float>,
        _ layer: ParameterLayout.Layer,
        _ s: Saved
    ) {
        let rows = input.rows
        let fused = c.fusedWidth
        s.fused.base.update(from: s.raw.base, count: rows * fused)
        for head in 0..<(c.heads + c.keyValueHeads) {
            let at = head * c.headDimension
            let gain = parameters + (head < c.heads ? layer.queryNorm : layer.keyNorm)
            k.rmsnorm(
                s.fused.base + at,
                s.headInverse.base + head * rows,
                s.raw.base + at,
                gain,
                rows,
                c.headDimension,
                fused,
                fused,
                c.normEpsilon
            )
            k.rope(s.fused.base + at, rope.base, input.positions, rows, c.headDimension, fused, 1)
        }
    }

    private func attend(_ input: NetworkInput, _ s: Saved) {
        let fused = c.fusedWidth
        let group = c.heads / c.keyValueHeads
        for head in 0..<c.heads {
            let key = s.fused.base + c.queryWidth + head / group * c.headDimension
            k.attention(
                s.attention.base + head * c.headDimension,
                s.logSumExp.base + head * input.rows,
                s.fused.base + head * c.headDimension,
                key,
                key + c.keyValueWidth,
                input.spans,
                input.cleanRows,
                input.rows,
                c.headDimension,
                fused,
                fused,
                c.queryWidth,
                scoreScale,
                format.packed,
                scratch
            )
        }
    }

    var scoreScale: Float { 1 / Float(c.headDimension).squareRoot() }
}
