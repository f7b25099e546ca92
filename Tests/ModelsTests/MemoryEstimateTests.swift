import Common
import Kernels
import Models
import Testing

@Suite struct MemoryEstimateTests {
    private func shapes() -> [ModelConfiguration] {
        var dense = ModelConfiguration(
            vocabularySize: 300,
            hiddenSize: 96,
            layers: 3,
            heads: 6,
            keyValueHeads: 2,
            headDimension: 16,
            feedForwardSize: 160,
            contextLength: 128
        )
        dense.transitionRank = 8
        var untied = dense
        untied.tiedEmbedding = false
        untied.transitionRank = 0
        untied.variant.attentionBias = true
        var mixture = untied
        mixture.variant.canvasStream = false
        mixture.variant.experts = MixtureOfExperts(router: .softmax, experts: 8, chosen: 2, width: 64)
        return [dense, untied, mixture]
    }

    @Test("What is estimated is what is packed", arguments: NumberFormat.allCases)
    func agreesWithPacking(format: NumberFormat) throws {
        for shape in shapes() {
            let layout = ParameterLayout(shape)
            let numbers = [Float](repeating: 0.5, count: layout.count)
            let packed = NativeWeights(FlatParameters(numbers, configuration: shape), format: format).packedBytes
            let vectors = layout.tensors.filter { !$0.isMatrix || $0.name.contains("transition.previous") }
                .reduce(0) { $0 + 4 * $1.count }
            let estimate = MemoryEstimate(shape, format: format).weights
            // Matrices that are used together share the last panel of rows.
            #expect(estimate >= packed, "\(shape.summary)")
            #expect(Double(estimate) <= 1.1 * Double(packed + vectors), "\(shape.summary)")
        }
    }

    @Test func whatDoesNotFitIsRefusedWithAFormatThatDoes() throws {
        let shape = shapes()[1]
        let needed = { MemoryEstimate(shape, format: $0).bytes(tokens: 0) }
        try MemoryEstimate.check(shape, format: .bf16, isMapped: false, free: needed(.bf16), name: "here")
        let error = #expect(throws: CinnabarError.self) {
            try MemoryEstimate.check(shape, format: .bf16, isMapped: false, free: needed(.int8), name: "here")
        }
        #expect(error?.code == .resource)
        #expect(error?.hint?.contains("int8") == true)
        let hopeless = #expect(throws: CinnabarError.self) {
            try MemoryEstimate.check(shape, format: .int4, isMapped: true, free: 1000, name: "here")
        }
        #expect(hopeless?.hint?.contains("precision") == false)
    }
}
