import CKernels
import Common
import Kernels
import Models
import Testing
import Training

/// A tiny network with an odd shape and one row of two documents and two canvases.
struct TinyCase {
    static let configuration = {
        var configuration = ModelConfiguration(
            vocabularySize: 37,
            hiddenSize: 24,
            layers: 2,
            heads: 4,
            keyValueHeads: 2,
            headDimension: 6,
            feedForwardSize: 20,
            contextLength: 32
        )
        configuration.transitionRank = 5
        return configuration
    }()

    /// Clean tokens 0..<9 and 9..<14 are two documents; canvases start at 3 (length 4) and 11 (length 2).
    static func input(seed: UInt64) -> NetworkInput {
        var random = SplitMix64(seed: seed)
        var input = NetworkInput()
        func add(position: Int, _ span: ck_span) {
            input.tokens.append(TokenID.random(in: 0..<37, using: &random))
            input.positions.append(Int32(position))
            input.spans.append(span)
        }
        for i in 0..<14 {
            let start = i < 9 ? 0 : 9
            add(
                position: i - start,
                ck_span(clean_lo: Int32(start), clean_hi: Int32(i + 1), canvas_lo: 0, canvas_hi: 0)
            )
        }
        input.cleanRows = 14
        for (segment, start, length, at) in [(0, 3, 4, 14), (9, 11, 2, 18)] {
            for j in 0..<length {
                add(
                    position: start - segment + j,
                    ck_span(
                        clean_lo: Int32(segment),
                        clean_hi: Int32(start),
                        canvas_lo: Int32(at),
                        canvas_hi: Int32(at + length)
                    )
                )
            }
        }
        for row in 0..<20 where row != 8 && row != 13 {
            input.targets.append(
                .init(
                    row: Int32(row),
                    token: TokenID.random(in: 0..<37, using: &random),
                    weight: Float(0.1 + random.uniform()),
                    supervision: row < 14 ? .next : .masked,
                    canvas: 0
                )
            )
        }
        for row in [14, 15, 17, 18] {
            input.targets.append(
                .init(
                    row: Int32(row),
                    token: TokenID.random(in: 0..<37, using: &random),
                    weight: Float(0.1 + random.uniform()),
                    supervision: .transition,
                    canvas: 0,
                    previous: TokenID.random(in: 0..<37, using: &random)
                )
            )
        }
        input.verdicts = [
            .init(row: 15, isRight: true, weight: 0.7), .init(row: 18, isRight: false, weight: 0.4),
        ]
        return input
    }

    static func parameters(seed: UInt64) -> [Float] {
        var random = SplitMix64(seed: seed)
        return ParameterInitialisation.random(configuration, seed: seed).map { $0 + Float(0.15 * random.normal()) }
    }
}

@Suite struct GradientTests {
    /// The weighted loss as the trainer minimises it, in float64 sums.
    private func loss(_ parameters: [Float], _ input: NetworkInput, _ kernels: KernelTable) -> Double {
        let c = TinyCase.configuration
        let pass = RowPass(configuration: c, capacity: 32, positions: 32, format: .fp32, kernels: kernels)
        return parameters.withUnsafeBufferPointer { p in
            let weights = TrainingWeights(
                p.baseAddress!,
                configuration: c,
                layout: ParameterLayout(c),
                format: .fp32,
                kernels: kernels
            )
            var total = 0.0
            _ = pass.evaluate(input, parameters: p.baseAddress!, weights: weights) { target, logits in
                var s = ck_row_statistics()
                kernels.functions.pointee.statistics(&s, logits, c.vocabularySize)
                let t = input.targets[target]
                total += Double(t.weight) * Double(s.log_sum_exp - logits[Int(t.token)])
            }
            for verdict in input.verdicts {
                // The detector's loss through the public sums: one verdict at a time.
                var single = input
                single.targets = []
                single.verdicts = [verdict]
                let nats = pass.evaluate(single, parameters: p.baseAddress!, weights: weights).detectorNats
                total += Double(verdict.weight) * nats
            }
            return total
        }
    }

    /// Guards against kernels that drop weights or read the wrong stream (invariant: gradients equal finite differences).
    @Test(arguments: KernelTable.available.map(\.name))
    func equalFiniteDifferences(isa: String) throws {
        let kernels = try #require(KernelTable.available.first { $0.name == isa })
        let c = TinyCase.configuration
        let layout = ParameterLayout(c)
        let input = TinyCase.input(seed: 5)
        let parameters = TinyCase.parameters(seed: 7)
        var gradient = [Float](repeating: 0, count: layout.count)
        let pass = RowPass(configuration: c, capacity: 32, positions: 32, format: .fp32, kernels: kernels)
        parameters.withUnsafeBufferPointer { p in
            gradient.withUnsafeMutableBufferPointer { g in
                let weights = TrainingWeights(
                    p.baseAddress!,
                    configuration: c,
                    layout: layout,
                    format: .fp32,
                    kernels: kernels
                )
                _ = pass.train(input, parameters: p.baseAddress!, weights: weights, gradient: g.baseAddress!)
            }
        }
        // One random direction in each tensor: the directional derivative sums many entries, so that fp32 noise is small
        // beside it.
        for (index, tensor) in layout.tensors.enumerated() {
            var random = SplitMix64.stream(seed: 11, UInt64(index))
            var expected = 0.0
            var plus = parameters
            var minus = parameters
            let h: Float = 2e-3
            for i in tensor.range {
                let direction: Float = random.uniform() < 0.5 ? -1 : 1
                plus[i] += h * direction
                minus[i] -= h * direction
                expected += Double(gradient[i]) * Double(direction)
            }
            let measured = (loss(plus, input, kernels) - loss(minus, input, kernels)) / (2 * Double(h))
            let scale = max(abs(expected), abs(measured), 0.3)
            #expect(
                abs(measured - expected) / scale < 0.03,
                "\(tensor.name) on \(isa): finite difference \(measured), gradient \(expected)"
            )
        }
    }

    /// bf16 products change the gradient by rounding only.
    @Test func bf16IsCloseToFP32() {
        let c = TinyCase.configuration
        let layout = ParameterLayout(c)
        let input = TinyCase.input(seed: 5)
        let parameters = TinyCase.parameters(seed: 7)
        func gradient(_ format: NumberFormat) -> [Float] {
            var gradient = [Float](repeating: 0, count: layout.count)
            let pass = RowPass(configuration: c, capacity: 32, positions: 32, format: format)
            parameters.withUnsafeBufferPointer { p in
                gradient.withUnsafeMutableBufferPointer { g in
                    let weights = TrainingWeights(p.baseAddress!, configuration: c, layout: layout, format: format)
                    _ = pass.train(input, parameters: p.baseAddress!, weights: weights, gradient: g.baseAddress!)
                }
            }
            return gradient
        }
        let exact = gradient(.fp32)
        let rounded = gradient(.bf16)
        let dot = zip(exact, rounded).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        let norms = [exact, rounded].map { $0.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }
        #expect(dot / (norms[0] * norms[1]) > 0.999)
    }
}
