import Common
import Kernels
import Models

/// A random network with an odd shape, small enough for brute force.
enum TinyNetwork {
    static let configuration = ModelConfiguration(
        vocabularySize: 53,
        hiddenSize: 40,
        layers: 2,
        heads: 4,
        keyValueHeads: 2,
        headDimension: 12,
        feedForwardSize: 44,
        contextLength: 160
    )

    static func make(
        format: NumberFormat = .fp32,
        threads: Int = 2,
        kernels: KernelTable = .active,
        seed: UInt64 = 3
    ) -> NativeNetwork {
        NativeNetwork(
            weights: NativeWeights(
                FlatParameters(parameters(seed: seed), configuration: configuration),
                format: format
            ),
            pool: ThreadPool(threads: threads),
            kernels: kernels
        )
    }

    static func parameters(seed: UInt64) -> [Float] {
        let layout = ParameterLayout(configuration)
        var random = SplitMix64(seed: seed)
        var values = [Float](repeating: 0, count: layout.count)
        for tensor in layout.tensors {
            let isGain = tensor.name.hasSuffix("norm.weight")
            for i in tensor.range { values[i] = Float((isGain ? 1 : 0) + 0.3 * random.normal()) }
        }
        return values
    }

    static func tokens(_ count: Int, seed: UInt64) -> [TokenID] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in TokenID.random(in: 0..<53, using: &random) }
    }
}

extension NativeNetwork {
    /// Predictions of one sequence after `prefix` was committed at once.
    func predict(
        prefix: [TokenID] = [],
        clean: [TokenID],
        wantedClean: [Int]? = nil,
        canvases: [CanvasInput] = []
    ) throws -> Prediction {
        let cache = makeCache(capacity: contextLength)
        if !prefix.isEmpty { _ = try forward([ForwardItem(cache: cache, clean: prefix)]) }
        return try forward([
            ForwardItem(
                cache: cache,
                clean: clean,
                wantedClean: wantedClean ?? Array(clean.indices),
                canvases: canvases
            )
        ])[0]
    }
}
