import Common
import Foundation
import Kernels
import Models
import Testing

@Suite("Transition scores")
struct TransitionTests {
    private static let configuration: ModelConfiguration = {
        var c = TinyNetwork.configuration
        c.transitionRank = 5
        return c
    }()

    @Test(
        "a conditioned row is the row plus a(previous) · b, and no other row changes",
        arguments: NumberFormat.allCases
    )
    func definition(format: NumberFormat) throws {
        let c = Self.configuration
        let layout = ParameterLayout(c)
        let table = try #require(layout.transitions)
        var random = SplitMix64(seed: 31)
        let values = (0..<layout.count).map { _ in Float(0.2 * random.normal()) }
        func network(_ c: ModelConfiguration, _ values: [Float]) -> NativeNetwork {
            NativeNetwork(
                weights: NativeWeights(FlatParameters(values, configuration: c), format: format),
                pool: ThreadPool(threads: 1)
            )
        }
        func predict(_ network: NativeNetwork) throws -> Prediction {
            let canvas = CanvasInput(start: 4, tokens: TinyNetwork.tokens(3, seed: 2), wanted: [0, 1, 2])
            let item = ForwardItem(
                cache: network.makeCache(capacity: 20),
                clean: TinyNetwork.tokens(4, seed: 1),
                canvases: [canvas]
            )
            return try #require(try network.forward([item]).first)
        }
        let plain = try predict(network(TinyNetwork.configuration, Array(values[..<table.previous])))
        var prediction = try predict(network(c, values))
        #expect(prediction.logits == plain.logits)
        let previous: TokenID = 7
        prediction.condition(row: 1, on: previous)
        for token in 0..<c.vocabularySize {
            var score = 0.0
            for i in 0..<c.transitionRank {
                let a = values[table.previous + Int(previous) * c.transitionRank + i]
                let b = values[table.next + token * c.transitionRank + i]
                score += Double(a) * Double(b)
            }
            let at = c.vocabularySize + token
            let expected = Double(plain.logits[at]) + score
            #expect(abs(Double(prediction.logits[at]) - expected) < (format == .fp32 ? 1e-5 : 0.01), "token \(token)")
            #expect(prediction.logits[token] == plain.logits[token])
            #expect(prediction.logits[at + c.vocabularySize] == plain.logits[at + c.vocabularySize])
        }
        var untouched = plain
        untouched.condition(row: 1, on: previous)
        #expect(untouched.logits == plain.logits)
    }

    @Test("config.json names the rank only where there is one; a rank that no table can have is refused")
    func configuration() throws {
        let encoder = JSONEncoder()
        let without = try encoder.encode(TinyNetwork.configuration)
        #expect(!String(decoding: without, as: UTF8.self).contains("transition"))
        #expect(try JSONDecoder().decode(ModelConfiguration.self, from: without).transitionRank == 0)
        let with = try encoder.encode(Self.configuration)
        #expect(try JSONDecoder().decode(ModelConfiguration.self, from: with) == Self.configuration)
        for rank in [-1, 1 << 20] {
            var bad = Self.configuration
            bad.transitionRank = rank
            #expect(throws: CinnabarError.self) { try bad.validate() }
        }
    }
}
