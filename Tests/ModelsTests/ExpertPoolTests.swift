import Common
import Kernels
import Models
import Testing

/// Routing by block: the experts that a token may choose are those of its block (LLaDA2.2).
@Suite struct ExpertPoolTests {
    private static let vocabulary = 53

    /// - Parameter pool: experts that a block shares; nil for none.
    private static func network(pool: Int?, threads: Int) throws -> NativeNetwork {
        var c = ModelConfiguration(
            vocabularySize: vocabulary,
            hiddenSize: 24,
            layers: 2,
            heads: 2,
            keyValueHeads: 1,
            headDimension: 12,
            feedForwardSize: 32,
            contextLength: 64
        )
        c.variant.canvasStream = false
        c.variant.attention = .blockCausal(4)
        var mixture = MixtureOfExperts(router: .groupedSigmoid, experts: 10, chosen: 2, width: 8)
        mixture.hasBias = true
        mixture.sharedWidth = 8
        mixture.denseLayers = 1
        mixture.pool = pool.map { ExpertPool(experts: $0, block: 4) }
        c.variant.experts = mixture
        try c.validate()
        var random = SplitMix64(seed: 77)
        let numbers = (0..<ParameterLayout(c).count).map { _ in Float(0.5 * random.normal()) }
        return NativeNetwork(
            weights: NativeWeights(FlatParameters(numbers, configuration: c), format: .fp32),
            pool: .init(threads: threads)
        )
    }

    /// Logits of all tokens, committed but for those of a canvas.
    private static func logits(
        _ network: NativeNetwork,
        _ tokens: [TokenID],
        chunk: Int = 64,
        canvas: Int = 0,
        phase: Int = 0
    ) throws -> [[Float]] {
        let cache = network.makeCache(capacity: 64)
        let committed = tokens.count - canvas
        var all: [Float] = []
        for start in stride(from: 0, to: committed, by: chunk) {
            let part = Array(tokens[start..<min(start + chunk, committed)])
            let item = ForwardItem(
                cache: cache,
                clean: part,
                wantedClean: Array(part.indices),
                blockPhase: phase
            )
            all += try network.forward([item])[0].logits
        }
        if canvas > 0 {
            let input = CanvasInput(
                start: committed,
                tokens: Array(tokens[committed...]),
                wanted: Array(0..<canvas)
            )
            let item = ForwardItem(cache: cache, clean: [], canvases: [input], blockPhase: phase)
            all += try network.forward([item])[0].logits
        }
        return stride(from: 0, to: all.count, by: vocabulary).map { Array(all[$0..<$0 + vocabulary]) }
    }

    private func tokens(_ count: Int) -> [TokenID] {
        var random = SplitMix64(seed: 12)
        return (0..<count).map { _ in TokenID.random(in: 0..<TokenID(Self.vocabulary), using: &random) }
    }

    @Test("The number of threads, the cut into commits and a canvas change no bit")
    func invariance() throws {
        let tokens = tokens(20)
        let base = try Self.logits(Self.network(pool: 3, threads: 1), tokens)
        for threads in 1...4 {
            let network = try Self.network(pool: 3, threads: threads)
            #expect(try Self.logits(network, tokens) == base, "\(threads) threads")
            #expect(try Self.logits(network, tokens, chunk: 4) == base)
            let last = try Self.logits(network, tokens, chunk: 8, canvas: 4)
            // A canvas adds its keys up in another order.
            let difference = zip(last.joined(), base.joined()).map { abs($0 - $1) }.max() ?? .nan
            #expect(difference < 1e-4, "canvas, \(threads) threads")
        }
    }

    @Test("A block's rows depend on that block and those before it, not on other items of a batch", arguments: [0, 3])
    func neighbours(phase: Int) throws {
        let network = try Self.network(pool: 3, threads: 2)
        let tokens = tokens(14)
        let base = try Self.logits(network, tokens, phase: phase)
        for changed in tokens.indices {
            var other = tokens
            other[changed] = (other[changed] + 1) % TokenID(Self.vocabulary)
            let after = try Self.logits(network, other, phase: phase)
            for row in tokens.indices {
                let sees = (changed + phase) / 4 <= (row + phase) / 4
                #expect((after[row] != base[row]) == sees, "row \(row), token \(changed)")
            }
        }
        func item(_ tokens: [TokenID]) -> ForwardItem<NativeCache> {
            ForwardItem(
                cache: network.makeCache(capacity: 64),
                clean: tokens,
                wantedClean: Array(tokens.indices),
                blockPhase: phase
            )
        }
        let both = try network.forward([item(Array(tokens.reversed())), item(tokens)])
        #expect(both[1].logits == base.flatMap(\.self))
    }

    @Test("A pool of all experts is no pool, a smaller one is")
    func sizes() throws {
        let tokens = tokens(12)
        let free = try Self.logits(Self.network(pool: nil, threads: 1), tokens)
        #expect(try Self.logits(Self.network(pool: 10, threads: 1), tokens) == free)
        #expect(try Self.logits(Self.network(pool: 2, threads: 1), tokens) != free)
        // What a lone token wants most is its pool.
        let one = Array(tokens.prefix(1))
        #expect(
            try Self.logits(Self.network(pool: 2, threads: 1), one)
                == Self.logits(Self.network(pool: nil, threads: 1), one)
        )
        #expect(throws: CinnabarError.self) { try Self.network(pool: 1, threads: 1) }
        #expect(throws: CinnabarError.self) { try Self.network(pool: 11, threads: 1) }
    }
}
