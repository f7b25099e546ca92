import Checkpoints
import Common
import Kernels
import Models

/// Networks of checkpoints in fp32, and forwards that a fixture asks for.
enum ParityNetwork {
    static func load(
        _ folder: ModelFolder,
        attention: AttentionRule,
        shiftsLogits: Bool,
        threads: Int
    ) throws -> NativeNetwork {
        let (read, family) = try ModelConfiguration.read(folder, attention: attention)
        var configuration = read
        configuration.variant.shiftsLogits = shiftsLogits
        let names = TensorNames(family, configuration)
        let checkpoint = try NativeCheckpoint(folder.weights(), configuration, names)
        return NativeNetwork(
            weights: try NativeWeights(checkpoint, format: .fp32),
            pool: ThreadPool(threads: threads)
        )
    }
}

extension NativeNetwork {
    /// Logits of every position of a sequence: as one canvas where attention is full, else as committed tokens.
    ///
    /// - Parameter positions: of committed tokens in the text, if not one behind the other.
    func logits(of tokens: [TokenID], at positions: [Int]? = nil) throws -> [Float] {
        let isFull = configuration.variant.attention == .full
        let all = Array(tokens.indices)
        let item =
            isFull
            ? ForwardItem(
                cache: makeCache(capacity: 1),
                clean: [],
                canvases: [CanvasInput(start: 0, tokens: tokens, wanted: all)]
            )
            : ForwardItem(
                cache: makeCache(capacity: tokens.count),
                clean: tokens,
                wantedClean: all,
                positions: positions
            )
        return try forward([item])[0].logits
    }

    /// Logits of a canvas behind a committed prefix.
    func logits(of canvas: [TokenID], behind prefix: [TokenID]) throws -> [Float] {
        let cache = makeCache(capacity: max(prefix.count, 1))
        if !prefix.isEmpty { _ = try forward([ForwardItem(cache: cache, clean: prefix)]) }
        let input = CanvasInput(start: prefix.count, tokens: canvas, wanted: Array(canvas.indices))
        return try forward([ForwardItem(cache: cache, clean: [], canvases: [input])])[0].logits
    }
}
