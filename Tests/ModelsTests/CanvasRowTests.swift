import Common
import Kernels
import Models
import Testing

/// A canvas's predictions depend on its tokens and the clean tokens before it only: bit for bit the same with any number
/// of threads, whatever else is in the forward, and however the work is divided.
@Suite struct CanvasRowTests {
    /// Enough layers that every buffer is used again within a forward.
    private static let configuration: ModelConfiguration = {
        var c = TinyNetwork.configuration
        c.layers = 5
        return c
    }()

    private static func network(_ threads: Int, _ format: NumberFormat, _ kernels: KernelTable) -> NativeNetwork {
        var random = SplitMix64(seed: 12)
        let values = (0..<ParameterLayout(configuration).count).map { _ in Float(0.2 * random.normal()) }
        return NativeNetwork(
            weights: NativeWeights(FlatParameters(values, configuration: configuration), format: format),
            pool: ThreadPool(threads: threads),
            kernels: kernels
        )
    }

    @Test(arguments: NumberFormat.allCases, KernelTable.available.map(\.name))
    func neighboursAndThreadsChangeNothing(format: NumberFormat, isa: String) throws {
        let kernels = try #require(KernelTable.available.first { $0.name == isa })
        let prefix = TinyNetwork.tokens(21, seed: 1)
        let canvas = CanvasInput(start: 21, tokens: TinyNetwork.tokens(5, seed: 2), wanted: Array(0..<5))
        var expected: Prediction?
        for threads in [1, 2, 3] {
            let network = Self.network(threads, format, kernels)
            for others in [0, 1, 2, 7] {
                for repetition in 0..<8 {
                    let canvases = (0..<others).map {
                        CanvasInput(
                            start: 3 * $0,
                            tokens: TinyNetwork.tokens(1 + 3 * $0, seed: UInt64($0 + repetition)),
                            wanted: $0 == 1 ? [0] : []
                        )
                    }
                    let clean = TinyNetwork.tokens(repetition * 3, seed: 9)
                    let neighbour = network.makeCache(capacity: 60)
                    let cache = network.makeCache(capacity: 60)
                    _ = try network.forward([ForwardItem(cache: cache, clean: prefix)])
                    let answers = try network.forward([
                        ForwardItem(cache: neighbour, clean: TinyNetwork.tokens(others, seed: 4), wantedClean: []),
                        ForwardItem(cache: cache, clean: clean, canvases: [canvas] + canvases),
                    ])
                    let mine = Array(answers[1].logits.prefix(5 * 53))
                    let what = "\(threads) threads, \(others) others, \(clean.count) clean rows, \(isa)"
                    if let expected {
                        #expect(mine == expected.logits, "\(what)")
                        #expect(Array(answers[1].correctness.prefix(5)) == expected.correctness, "\(what)")
                    } else {
                        let correctness = Array(answers[1].correctness.prefix(5))
                        expected = Prediction(vocabularySize: 53, logits: mine, correctness: correctness)
                    }
                }
            }
        }
    }
}
