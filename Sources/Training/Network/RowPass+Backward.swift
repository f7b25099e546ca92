import CKernels
import Kernels
import Models

extension RowPass {
    /// Carries ``residual`` (the gradient behind the last layer) down to the embeddings.
    func backward(
        _ input: NetworkInput,
        parameters: UnsafePointer<Float>,
        weights: TrainingWeights,
        gradient: UnsafeMutablePointer<Float>
    ) {
        for i in layout.layers.indices.reversed() {
            feedForwardBackward(input.rows, saved[i], layout.layers[i], parameters, weights.layers[i], gradient)
            attentionBackward(input, saved[i], layout.layers[i], parameters, weights.layers[i], gradient)
        }
        let hidden = c.hiddenSize
        for (row, token) in input.tokens.enumerated() {
            let dx = residual.base + row * hidden
            k.axpby(gradient + layout.embedding + Int(token) * hidden, dx, hidden, 1, 1)
            if row >= input.cleanRows { k.axpby(gradient + layout.canvasEmbedding, dx, hidden, 1, 1) }
        }
    }

    private func feedForwardBackward(
        _ rows: Int,
        _ s: Saved,
        _ layer: ParameterLayout.Layer,
        _ parameters: UnsafePointer<Float>,
        _ w: TrainingWeights.Layer,
        _ gradient: UnsafeMutablePointer<Float>
    ) {
        let hidden = c.hiddenSize
        let width = c.feedForwardSize
        let dx = residual.base
        k.swiglu(wide.base, s.gateUp.base, rows, width)
        accumulate(dx, outputs: hidden, wide.base, inputs: width, rows: rows, into: gradient + layer.down)
        multiply(dx, rows: rows, by: w.down.backward, into: attentionGradient.base)
        let dGateUp = fusedGradient.base
        k.swiglu_backward(dGateUp, attentionGradient.base, s.gateUp.base, rows, width)
        renorm(s.middle, s.middleInverse, parameters + layer.postNorm, rows)
        accumulate(dGateUp, outputs: 2 * width, normed.base, inputs: hidden, rows: rows, into: gradient + layer.gateUp)
        multiply(dGateUp, rows: rows, by: w.gateUp.backward, into: normed.base)
        k.rmsnorm_backward(
            dx,
            gradient + layer.postNorm,
            normed.base,
            s.middle.base,
            s.middleInverse.base,
            parameters + layer.postNorm,
            rows,
            hidden,
            hidden,
            hidden,
            1
        )
    }

    private func attentionBackward(
        _ input: NetworkInput,
        _ s: Saved,
        _ layer: ParameterLayout.Layer,
        _ parameters: UnsafePointer<Float>,
        _ w: TrainingWeights.Layer,
        _ gradient: UnsafeMutablePointer<Float>
    ) {
        let rows = input.rows
        let hidden = c.hiddenSize
        let fused = c.fusedWidth
        let dx = residual.base
        accumulate(
            dx,
            outputs: hidden,
            s.attention.base,
            inputs: c.queryWidth,
            rows: rows,
            into: gradient + layer.output
        )
        let dAttention = attentionGradient.base
        multiply(dx, rows: rows, by: w.output.backward, into: dAttention)

        let dFused = fusedGradient.base
        dFused.update(repeating: 0, count: rows * fused)
        let group = c.heads / c.keyValueHeads
        for head in 0..<c.heads {
            let at = head * c.headDimension
            for row in 0..<rows {
                dots.base[row] = k.dot(
                    dAttention + row * c.queryWidth + at,
                    s.attention.base + row * c.queryWidth + at,
                    c.headDimension
                )
            }
            let key = c.queryWidth + head / group * c.headDimension
            k.attention_backward(
                dFused + at,
                dFused + key,
                dFused + key + c.keyValueWidth,
                dAttention + at,
                dots.base,
                s.logSumExp.base + head * rows,
                s.fused.base + at,
                s.fused.base + key,
                s.fused.base + key + c.keyValueWidth,
                input.spans,
                input.cleanRows,
                rows,
                c.headDimension,
                fused,
                fused,
                c.queryWidth,
                scoreScale,
                format.packed,
                scratch
            )
        }

        let dRaw = rawGradient.base
        dRaw.update(from: dFused, count: rows * fused)
        for head in 0..<(c.heads + c.keyValueHeads) {
            let at = head * c.headDimension
            let norm = head < c.heads ? layer.queryNorm : layer.keyNorm
            k.rope(dFused + at, rope.base, input.positions, rows, c.headDimension, fused, -1)
            k.rmsnorm_backward(
                dRaw + at,
                gradient + norm,
                dFused + at,
                s.raw.base + at,
                s.headInverse.base + head * rows,
                parameters + norm,
                rows,
                c.headDimension,
                fused,
                fused,
                0
            )
        }

        renorm(s.input, s.inputInverse, parameters + layer.inputNorm, rows)
        accumulate(dRaw, outputs: fused, normed.base, inputs: hidden, rows: rows, into: gradient + layer.queryKeyValue)
        multiply(dRaw, rows: rows, by: w.queryKeyValue.backward, into: normed.base)
        k.rmsnorm_backward(
            dx,
            gradient + layer.inputNorm,
            normed.base,
            s.input.base,
            s.inputInverse.base,
            parameters + layer.inputNorm,
            rows,
            hidden,
            hidden,
            hidden,
            1
        )
    }

    /// The normalised input of a sublayer again, cheaper to recompute than to keep.
    private func renorm(_ x: FloatBuffer, _ inverse: FloatBuffer, _ gain: UnsafePointer<Float>, _ rows: Int) {
        k.rmsnorm(normed.base, nil, x.base, gain, rows, c.hiddenSize, c.hiddenSize, c.hiddenSize, c.normEpsilon)
    }
}
