import Common
import Diffusion
import Foundation
import Kernels
import Models
import Testing

/// The native network against ``ReferenceNetwork`` (algorithms.md G7.3), on every instruction set of the machine.
@Suite struct ReferenceNetworkTests {
    /// Largest difference of a logit from float64, for logits of size up to about ten: rounding of fp32 alone.
    static let tolerance = 1e-4

    private static let mask: TokenID = 52

    private static func reference(seed: UInt64) -> ReferenceNetwork {
        ReferenceNetwork(TinyNetwork.parameters(seed: seed), configuration: TinyNetwork.configuration)
    }

    private static func network(_ isa: String, seed: UInt64) throws -> NativeNetwork {
        let kernels = try #require(KernelTable.available.first { $0.name == isa })
        return TinyNetwork.make(kernels: kernels, seed: seed)
    }

    /// Largest difference of logits and of detector probabilities.
    private static func distance(_ found: Prediction, _ expected: [ReferenceNetwork.Output]) -> (Double, Double) {
        guard found.rows == expected.count else { return (.infinity, .infinity) }
        let logits = zip(found.logits, expected.flatMap(\.logits)).map { abs(Double($0) - $1) }.max() ?? .infinity
        let detector = zip(found.correctness, expected.map(\.correctness)).map { abs(Double($0) - $1) }.max()
        return (logits, detector ?? .infinity)
    }

    @Test(arguments: KernelTable.available.map(\.name), 1...3 as ClosedRange<UInt64>)
    func causalLogitsEqualThePlainNetwork(isa: String, seed: UInt64) throws {
        let tokens = TinyNetwork.tokens(50, seed: seed)
        let found = try Self.network(isa, seed: seed).predict(clean: tokens)
        var expected = Self.reference(seed: seed)(ReferenceNetwork.clean(tokens))
        // Clean rows have no detector.
        for i in expected.indices { expected[i].correctness = 1 }
        let (logits, detector) = Self.distance(found, expected)
        #expect(logits < Self.tolerance && detector == 0, "seed \(seed), \(isa): \(logits)")
    }

    /// Two canvases at random places over clean tokens, some of them committed after the canvas's start.
    @Test(arguments: KernelTable.available.map(\.name), 1...8 as ClosedRange<UInt64>)
    func canvasLogitsEqualThePlainNetwork(isa: String, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let clean = TinyNetwork.tokens(Int.random(in: 1...40, using: &random), seed: seed)
        var rows = ReferenceNetwork.clean(clean)
        let canvases = (0..<2).map { number in
            // The first starts anywhere, an empty prefix included; the second is open at the end.
            let start = number == 0 ? Int.random(in: 0...clean.count, using: &random) : clean.count
            let tokens = TinyNetwork.tokens(Int.random(in: 1...18, using: &random), seed: random.next()).map {
                random.uniform() < 0.5 ? Self.mask : $0
            }
            rows += ReferenceNetwork.canvas(tokens, start: start, number: number)
            return CanvasInput(start: start, tokens: tokens, wanted: Array(tokens.indices))
        }
        let cut = Int.random(in: 0...clean.count, using: &random)
        let found = try Self.network(isa, seed: seed).predict(
            prefix: Array(clean[..<cut]),
            clean: Array(clean[cut...]),
            wantedClean: [],
            canvases: canvases
        )
        let expected = Array(Self.reference(seed: seed)(rows).dropFirst(clean.count))
        let (logits, detector) = Self.distance(found, expected)
        #expect(logits < Self.tolerance, "seed \(seed), \(isa): \(logits)")
        #expect(detector < Self.tolerance, "seed \(seed), \(isa): detector \(detector)")
    }

    /// 64 tokens of the best continuation, the reference computing everything anew for each.
    @Test(arguments: 1...4 as ClosedRange<UInt64>) func greedyTextEqualsThePlainNetworks(seed: UInt64) throws {
        let prompt = TinyNetwork.tokens(5, seed: seed)
        let reference = Self.reference(seed: seed)
        var text: [TokenID] = []
        while text.count < 64 {
            var row = try #require(reference(ReferenceNetwork.clean(prompt + text)).last).logits
            row[Int(Self.mask)] = -.infinity
            let order = row.indices.sorted { row[$0] > row[$1] }
            // Two tokens nearer than rounding may be taken in either order; none of these seeds has such a place.
            try #require(row[order[0]] - row[order[1]] > Self.tolerance, "seed \(seed): a tie at token \(text.count)")
            text.append(TokenID(order[0]))
        }
        var options = DecodingOptions(.autoregressive, maskToken: Self.mask)
        options.maxTokens = text.count
        for kernels in KernelTable.available {
            let network = try Self.network(kernels.name, seed: seed)
            var session = try DecodingSession(network: network, prompt: prompt, options: options)
            while try session.next() != nil {}
            #expect(session.text == text, "seed \(seed), \(kernels.name)")
        }
        #expect(Set(text).count > 3, "seed \(seed): the text says nothing")
    }
}
