import CKernels
import Common
import Foundation
import Kernels
import Models
import Testing
import Training

/// The held-out canvas bound against enumeration: a random network, three text tokens, all sets of masks.
@Suite struct HeldOutLossTests {
    private static let bos: TokenID = 0
    private static let mask: TokenID = 1
    private static let text: [TokenID] = [2, 3, 4]

    /// A network with weights so large that its predictions are far from uniform.
    private final class Toy {
        static let configuration = ModelConfiguration(
            vocabularySize: 5,
            hiddenSize: 8,
            layers: 1,
            heads: 2,
            keyValueHeads: 1,
            headDimension: 4,
            feedForwardSize: 12,
            contextLength: 16
        )
        private let parameters: FloatBuffer
        private let weights: TrainingWeights
        private let pass: RowPass

        init(seed: UInt64) {
            let c = Self.configuration
            let layout = ParameterLayout(c)
            parameters = FloatBuffer(count: layout.count)
            var random = SplitMix64(seed: seed)
            for i in 0..<layout.count { parameters.base[i] = Float(random.normal()) }
            weights = TrainingWeights(parameters.base, configuration: c, layout: layout, format: .fp32)
            pass = RowPass(configuration: c, capacity: 32, positions: 16, format: .fp32)
        }

        /// One draw of the estimator under test.
        func estimate(_ tokens: [TokenID], length: Int?, _ random: SplitMix64) -> Double {
            HeldOutLoss.nats(
                of: row(tokens),
                length: length,
                mask: mask,
                random: random,
                pass: pass,
                parameters: parameters.base,
                weights: weights
            )
        }

        /// −log p of each token where `targets` has a role, for a canvas that replaces `tokens` from `start` on.
        func nats(_ tokens: [TokenID], canvas: [TokenID], at start: Int, masked: [Int]) -> [Double] {
            var row = row(Array(tokens[..<start]))
            row.nextTokenWeight = Array(repeating: 0, count: start)
            row.canvases = [
                TrainingCanvas(
                    segmentStart: 0,
                    start: start,
                    tokens: canvas,
                    targets: Array(tokens[start..<start + canvas.count]),
                    roles: canvas.indices.map { masked.contains($0) ? .masked : .ignored }
                )
            ]
            return nats(row)
        }

        /// −log p of each token behind the first, by the clean stream.
        func nextTokenNats(_ tokens: [TokenID]) -> [Double] { nats(row(tokens)) }

        private func nats(_ row: TrainingRow) -> [Double] {
            let input = NetworkInput(row)
            var result: [Double] = []
            _ = pass.evaluate(input, parameters: parameters.base, weights: weights) { target, logits in
                let values = (0..<Self.configuration.vocabularySize).map { Double(logits[$0]) }
                let total = values.reduce(0) { $0 + exp($1) }
                result.append(log(total) - values[Int(input.targets[target].token)])
            }
            return result
        }

        private func row(_ tokens: [TokenID]) -> TrainingRow {
            var row = TrainingRow()
            row.tokens = tokens
            row.segmentStart = Array(repeating: 0, count: tokens.count)
            row.nextTokenWeight = Array(repeating: 1, count: max(tokens.count - 1, 0)) + [0]
            return row
        }

        /// Σ_k E[mean loss of the masked tokens, k of them], over all sets of masks of every canvas.
        func bound(_ tokens: [TokenID], length: Int) -> Double {
            var total = 0.0
            for start in stride(from: 1, to: tokens.count, by: length) {
                let size = min(length, tokens.count - start)
                var means = [[Double]](repeating: [], count: size + 1)
                for set in 1..<(1 << size) {
                    let masked = (0..<size).filter { set >> $0 & 1 == 1 }
                    let canvas = (0..<size).map { masked.contains($0) ? mask : tokens[start + $0] }
                    let losses = nats(tokens, canvas: canvas, at: start, masked: masked)
                    means[masked.count].append(losses.reduce(0, +) / Double(masked.count))
                }
                for k in 1...size { total += means[k].reduce(0, +) / Double(means[k].count) }
            }
            return total
        }
    }

    /// `count` tokens of text behind the begin token, number `index` of all such texts.
    private static func sequence(_ index: Int, count: Int) -> [TokenID] {
        var rest = index
        return [bos]
            + (0..<count).map { _ in
                defer { rest /= text.count }
                return text[rest % text.count]
            }
    }

    /// Five standard errors: a right estimator fails one time in a million, a wrong factor is off by hundreds.
    @Test(arguments: [(1, 3), (2, 2), (3, 3), (4, 4), (5, 8)] as [(UInt64, Int)])
    func estimateIsTheEnumeratedBound(seed: UInt64, length: Int) {
        let toy = Toy(seed: seed)
        var random = SplitMix64(seed: seed)
        // Seven tokens, so that the last canvas is shorter than the others.
        let tokens = Self.sequence(Int.random(in: 0..<2187, using: &random), count: 7)
        let exact = toy.bound(tokens, length: length)
        let draws = 4000
        var (sum, squares) = (0.0, 0.0)
        for draw in 0..<draws {
            let value = toy.estimate(tokens, length: length, .stream(seed: seed, UInt64(draw)))
            sum += value
            squares += value * value
        }
        let mean = sum / Double(draws)
        let error = ((squares / Double(draws) - mean * mean) / Double(draws)).squareRoot()
        #expect(abs(mean - exact) < 5 * error, "seed \(seed): estimate \(mean) ± \(error), enumeration \(exact)")
        #expect(error < 0.05 * exact, "seed \(seed): ± \(error) of \(exact) shows nothing")
    }

    /// With one token a canvas there is nothing to average: each is the canvas stream's prediction of the next token.
    @Test(arguments: 1...5 as ClosedRange<UInt64>) func oneTokenCanvasesAreNextTokenPredictions(seed: UInt64) {
        let toy = Toy(seed: seed)
        var random = SplitMix64(seed: seed)
        let tokens = Self.sequence(Int.random(in: 0..<2187, using: &random), count: 7)
        let exact = (1..<tokens.count).reduce(0.0) { sum, at in
            sum + toy.nats(tokens, canvas: [Self.mask], at: at, masked: [0])[0]
        }
        for draw in 0..<3 {
            let found = toy.estimate(tokens, length: 1, .stream(seed: seed, UInt64(draw)))
            #expect(abs(found - exact) < 1e-4, "seed \(seed): \(found), token by token \(exact)")
        }
        let causal = toy.estimate(tokens, length: nil, random)
        let expected = toy.nextTokenNats(tokens).reduce(0, +)
        #expect(abs(causal - expected) < 1e-4, "seed \(seed): \(causal) AR, token by token \(expected)")
        #expect(abs(causal - exact) > 1e-3, "seed \(seed): both streams say the same")
    }
}
