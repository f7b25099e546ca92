import CKernels
import Common
import Foundation
import Kernels

/// Fills masks with the model's own guesses before a row is trained on (algorithms.md A6e and G2: on-policy errors are
/// what a decoder has to repair; random replacements are too easy).
struct OnPolicyFiller: Sendable {
    let seed: UInt64
    /// Share of rows that are filled.
    let share: Double
    let vocabulary: Int

    func fill(
        _ row: inout TrainingRow,
        random: SplitMix64,
        pass: RowPass,
        parameters: UnsafePointer<Float>,
        weights: TrainingWeights
    ) {
        var random = random
        guard random.uniform() < share, !row.canvases.isEmpty else { return }
        var input = NetworkInput(row)
        input.targets.removeAll { $0.supervision != .masked }
        input.verdicts = []
        guard !input.targets.isEmpty else { return }
        let k = KernelTable.active.functions.pointee
        let modes = row.canvases.map { _ in random.uniform() }
        var guesses: [(token: TokenID, confidence: Float)] = []
        _ = pass.evaluate(input, parameters: parameters, weights: weights) { target, logits in
            var s = ck_row_statistics()
            k.statistics(&s, logits, vocabulary)
            let mode = modes[Int(input.targets[target].canvas)]
            let confidence = s.max - s.log_sum_exp
            if mode >= 0.5 && mode < 0.75 {
                var best: (token: TokenID, value: Double) = (0, -.infinity)
                for token in 0..<vocabulary {
                    let value = Double(logits[token]) - log(-log(max(random.uniform(), 1e-300)))
                    if value > best.value { best = (TokenID(token), value) }
                }
                guesses.append((best.token, confidence))
            } else {
                guesses.append((s.argmax, confidence))
            }
        }
        var next = 0
        for index in row.canvases.indices {
            let count = row.canvases[index].roles.count { $0 == .masked }
            let mine = Array(guesses[next..<next + count])
            next += count
            let median = mine.map(\.confidence).sorted().dropFirst(count / 2).first ?? 0
            var at = 0
            row.canvases[index].fillMasks { _ in
                defer { at += 1 }
                return modes[index] >= 0.75 && mine[at].confidence < median ? nil : mine[at].token
            }
        }
    }
}
