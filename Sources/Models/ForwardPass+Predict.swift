import CKernels
import Foundation
import Kernels

extension ForwardPass {
    /// Final norm, logits and detector at this worker's wanted rows only.
    func predict(
        _ number: Int,
        _ logits: UnsafeMutableBufferPointer<Float>,
        _ correctness: UnsafeMutableBufferPointer<Float>
    ) {
        // Wanted rows ascend, so that those of a range of rows are a range.
        let mine = split.rows(number)
        let first = rows.wanted.firstIndex { $0 >= mine.lowerBound } ?? rows.wanted.count
        let end = rows.wanted.firstIndex { $0 >= mine.upperBound } ?? rows.wanted.count
        guard first < end, let base = logits.baseAddress else { return }
        let hidden = c.hiddenSize
        let states = memory.workers[number].normed.base
        for (i, row) in rows.wanted[first..<end].enumerated() {
            let isCanvas = rows.rows[row].canvas >= 0
            let h = states + i * hidden
            k.rmsnorm(
                h,
                nil,
                memory.residual.base + row * hidden,
                (isCanvas ? weights.canvas?.norm : nil) ?? weights.finalNorm,
                1,
                hidden,
                hidden,
                hidden,
                c.normEpsilon
            )
            if isCanvas, let canvas = weights.canvas, number == 0 || !split.dividesOutputs {
                let score = k.dot(canvas.detectorWeight, h, hidden) + canvas.detectorBias
                correctness[first + i] = 1 / (1 + exp(-score))
            }
        }
        multiply(
            number,
            states,
            rows: end - first,
            by: weights.head,
            into: base + first * c.vocabularySize,
            accumulate: false
        )
    }
}
