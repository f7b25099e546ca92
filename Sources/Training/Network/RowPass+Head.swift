import CKernels
import Foundation
import Kernels
import Models

/// Memory of the output head, which works on chunks of supervised rows.
final class HeadMemory {
    /// Rows of a chunk: their logits fit the cache that both products with the embedding share.
    static let chunk = 192
    let inputs, inverse, normed, gradient, logits: FloatBuffer
    /// What the tokens before say, and its gradient.
    let previous: FloatBuffer

    init(configuration c: ModelConfiguration, capacity: Int) {
        let rows = min(HeadMemory.chunk, max(capacity, 1))
        inputs = FloatBuffer(count: rows * c.hiddenSize)
        inverse = FloatBuffer(count: rows)
        normed = FloatBuffer(count: rows * c.hiddenSize)
        gradient = FloatBuffer(count: rows * c.hiddenSize)
        logits = FloatBuffer(count: rows * c.vocabularySize)
        previous = FloatBuffer(count: rows * c.transitionRank)
    }
}

extension RowPass {
    /// Final norm, logits and losses at the supervised rows only; with `gradient`, also their gradients, which end in
    /// ``residual``.
    func head(
        _ input: NetworkInput,
        parameters: UnsafePointer<Float>,
        weights: TrainingWeights,
        gradient: UnsafeMutablePointer<Float>?,
        sums: inout LossSums,
        visit: ((_ target: Int, _ logits: UnsafeMutablePointer<Float>) -> Void)? = nil
    ) {
        // Clean and canvas rows have different gains, so that a chunk holds rows of one stream only.
        let firstCanvas = input.targets.firstIndex { Int($0.row) >= input.cleanRows } ?? input.targets.count
        let firstTransition = input.targets.firstIndex { $0.supervision == .transition } ?? input.targets.count
        // A network without transition scores has nothing to learn from them.
        let end = layout.transitions == nil ? firstTransition : input.targets.count
        for (range, norm) in [
            (0..<firstCanvas, layout.finalNorm), (firstCanvas..<firstTransition, layout.canvasNorm),
            (firstTransition..<end, layout.canvasNorm),
        ] where !range.isEmpty {
            for lo in stride(from: range.lowerBound, to: range.upperBound, by: HeadMemory.chunk) {
                let hi = min(lo + HeadMemory.chunk, range.upperBound)
                crossEntropy(input, lo..<hi, norm, parameters, weights, gradient, &sums, visit)
            }
        }
        detect(input, parameters, gradient, &sums)
    }

    private func crossEntropy(
        _ input: NetworkInput,
        _ range: Range<Int>,
        _ norm: Int,
        _ parameters: UnsafePointer<Float>,
        _ weights: TrainingWeights,
        _ gradient: UnsafeMutablePointer<Float>?,
        _ sums: inout LossSums,
        _ visit: ((_ target: Int, _ logits: UnsafeMutablePointer<Float>) -> Void)?
    ) {
        let hidden = c.hiddenSize
        let vocabulary = c.vocabularySize
        let count = range.count
        gather(range.map { Int(input.targets[$0].row) }, norm, parameters)
        multiply(head.normed.base, rows: count, by: weights.head.forward, into: head.logits.base)
        let previous = range.compactMap { target in
            input.targets[target].supervision == .transition ? Int(input.targets[target].previous) : nil
        }
        if !previous.isEmpty { addTransitions(after: previous, parameters, weights) }
        for (i, target) in range.enumerated() {
            let row = head.logits.base + i * vocabulary
            let t = input.targets[target]
            visit?(target, row)
            let kind = t.supervision.rawValue
            var statistics = ck_row_statistics()
            k.statistics(&statistics, row, vocabulary)
            sums.right[kind] += statistics.argmax == t.token ? 1 : 0
            sums.tokens[kind] += 1
            if gradient == nil {
                sums.nats[kind] += Double(statistics.log_sum_exp - row[Int(t.token)])
            } else {
                let sharpen = t.supervision == .masked ? input.sharpen : 0
                sums.nats[kind] += Double(k.cross_entropy(row, vocabulary, t.token, t.weight, sharpen))
            }
        }
        guard let gradient else { return }
        if !previous.isEmpty { learnTransitions(after: previous, weights, gradient) }
        accumulate(
            head.logits.base,
            outputs: vocabulary,
            head.normed.base,
            inputs: hidden,
            rows: count,
            into: gradient + layout.embedding
        )
        multiply(head.logits.base, rows: count, by: weights.head.backward, into: head.normed.base)
        scatter(range.map { Int(input.targets[$0].row) }, norm, parameters, gradient)
    }

    /// Adds what the tokens before say of their successors to the logits (``TransitionScores``).
    private func addTransitions(
        after previous: [Int],
        _ parameters: UnsafePointer<Float>,
        _ weights: TrainingWeights
    ) {
        guard let table = layout.transitions, let next = weights.transitions else { return }
        let rank = c.transitionRank
        for (i, token) in previous.enumerated() {
            (head.previous.base + i * rank).update(from: parameters + table.previous + token * rank, count: rank)
        }
        multiply(
            head.previous.base,
            rows: previous.count,
            by: next.forward,
            into: head.logits.base,
            accumulate: true
        )
    }

    /// Adds the gradient of both tables, given that of the logits.
    private func learnTransitions(
        after previous: [Int],
        _ weights: TrainingWeights,
        _ gradient: UnsafeMutablePointer<Float>
    ) {
        guard let table = layout.transitions, let next = weights.transitions else { return }
        let rank = c.transitionRank
        accumulate(
            head.logits.base,
            outputs: c.vocabularySize,
            head.previous.base,
            inputs: rank,
            rows: previous.count,
            into: gradient + table.next
        )
        multiply(head.logits.base, rows: previous.count, by: next.backward, into: head.previous.base)
        for (i, token) in previous.enumerated() {
            k.axpby(gradient + table.previous + token * rank, head.previous.base + i * rank, rank, 1, 1)
        }
    }

    /// The detector reads the normed hidden state of visible canvas tokens: sigmoid(w·h + b) = P(token is right).
    private func detect(
        _ input: NetworkInput,
        _ parameters: UnsafePointer<Float>,
        _ gradient: UnsafeMutablePointer<Float>?,
        _ sums: inout LossSums
    ) {
        let hidden = c.hiddenSize
        let w = parameters + layout.detectorWeight
        for lo in stride(from: 0, to: input.verdicts.count, by: HeadMemory.chunk) {
            let verdicts = input.verdicts[lo..<min(lo + HeadMemory.chunk, input.verdicts.count)]
            gather(verdicts.map { Int($0.row) }, layout.canvasNorm, parameters)
            for (i, verdict) in verdicts.enumerated() {
                let h = head.normed.base + i * hidden
                let score = k.dot(w, h, hidden) + parameters[layout.detectorBias]
                let probability = 1 / (1 + exp(-score))
                let label: Float = verdict.isRight ? 1 : 0
                // −log σ(±s) = log(1 + e^∓s), stable for both signs.
                let margin = verdict.isRight ? score : -score
                sums.detectorNats += Double(max(-margin, 0) + log1p(exp(-abs(margin))))
                sums.verdicts += 1
                sums.rightVerdicts += margin > 0 ? 1 : 0
                guard let gradient else { continue }
                let d = verdict.weight * (probability - label)
                k.axpby(gradient + layout.detectorWeight, h, hidden, d, 1)
                gradient[layout.detectorBias] += d
                k.axpby(h, w, hidden, d, 0)
            }
            if let gradient { scatter(verdicts.map { Int($0.row) }, layout.canvasNorm, parameters, gradient) }
        }
    }

    /// Final norm of some rows, into `head.normed`.
    private func gather(_ rows: [Int], _ norm: Int, _ parameters: UnsafePointer<Float>) {
        let hidden = c.hiddenSize
        for (i, row) in rows.enumerated() {
            (head.inputs.base + i * hidden).update(from: final.base + row * hidden, count: hidden)
        }
        k.rmsnorm(
            head.normed.base,
            head.inverse.base,
            head.inputs.base,
            parameters + norm,
            rows.count,
            hidden,
            hidden,
            hidden,
            c.normEpsilon
        )
    }

    /// Adds the gradient in `head.normed` through the final norm to ``residual``.
    private func scatter(
        _ rows: [Int],
        _ norm: Int,
        _ parameters: UnsafePointer<Float>,
        _ gradient: UnsafeMutablePointer<Float>
    ) {
        let hidden = c.hiddenSize
        k.rmsnorm_backward(
            head.gradient.base,
            gradient + norm,
            head.normed.base,
            head.inputs.base,
            head.inverse.base,
            parameters + norm,
            rows.count,
            hidden,
            hidden,
            hidden,
            0
        )
        for (i, row) in rows.enumerated() {
            k.axpby(residual.base + row * hidden, head.gradient.base + i * hidden, hidden, 1, 1)
        }
    }
}
