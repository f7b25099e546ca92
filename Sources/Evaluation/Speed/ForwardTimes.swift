package import Common
package import Models

/// What a forward costs by its number of rows, T(n), behind a prefix of clean tokens (algorithms.md B13).
package struct ForwardTimes: Sendable, Codable {
    package struct Row: Sendable, Codable {
        package var rows: Int
        /// Median over the repetitions.
        package var ms: Double
        package var tokensPerSecond: Double
        /// Products of the network's matrices, the output head at every row included.
        package var gflops: Double
        /// Weights read once a forward.
        package var gbps: Double
        /// T(n) / T(1): the tokens per forward at which n rows pay against autoregressive decoding;
        /// nil if one row was not timed.
        package var breakEven: Double?
    }

    package var context: Int
    package var repetitions: Int
    package var rows: [Row]

    /// Times canvases of each size in some rounds, so that a change of the processor's speed meets all of them alike; in
    /// a round each size runs several times, as a decoder does, so that weights are where the forward before left them.
    /// One row is a clean token, as autoregressive decoding has it; the others are canvases of masks with all logits
    /// wanted.
    ///
    /// - Throws: if context and rows together do not fit the network's context.
    package static func measure(
        _ network: NativeNetwork,
        mask: TokenID,
        context: Int,
        rows: [Int],
        repetitions: Int
    ) throws -> ForwardTimes {
        guard context >= 1, let most = rows.max(), rows.allSatisfy({ $0 >= 1 }), repetitions >= 1 else {
            throw CinnabarError(.invalidArgument, "context, rows and repetitions must be positive")
        }
        guard context + most <= network.contextLength else {
            throw CinnabarError(
                .contextLength,
                "\(most) rows behind \(context) tokens exceed the context of \(network.contextLength)",
                hint: "ask for fewer rows or a shorter prefix"
            )
        }
        let cache = network.makeCache(capacity: context + 1)
        let prefix = (0..<context).map { TokenID($0 * 31 % network.vocabularySize) }
        _ = try network.forward([ForwardItem(cache: cache, clean: prefix)])
        let clock = ContinuousClock()
        var times = [[Double]](repeating: [], count: rows.count)
        let rounds = min(5, repetitions)
        for _ in 0..<rounds {
            for (i, count) in rows.enumerated() {
                for repetition in 0...(repetitions + rounds - 1) / rounds {
                    let begin = clock.now
                    _ = try network.forward([item(cache, mask, context: context, rows: count)])
                    // The first one warms caches and buffers.
                    if repetition > 0 { times[i].append((clock.now - begin) / .milliseconds(1)) }
                    cache.truncate(to: context)
                }
            }
        }
        let c = network.configuration
        let weights = Double(ParameterLayout(c).count)
        let one = rows.firstIndex(of: 1).flatMap { Distribution(times[$0])?.median }
        return ForwardTimes(
            context: context,
            repetitions: repetitions,
            rows: zip(rows, times).map { count, samples in
                let ms = Distribution(samples)?.median ?? 0
                return Row(
                    rows: count,
                    ms: ms,
                    tokensPerSecond: Double(count) / ms * 1e3,
                    gflops: 2 * weights * Double(count) / ms / 1e6,
                    gbps: weights * Double(network.weights.bytesPerWeight) / ms / 1e6,
                    breakEven: one.map { ms / $0 }
                )
            }
        )
    }

    private static func item(
        _ cache: NativeCache,
        _ mask: TokenID,
        context: Int,
        rows: Int
    ) -> ForwardItem<NativeCache> {
        guard rows > 1 else { return ForwardItem(cache: cache, clean: [mask], wantedClean: [0]) }
        let canvas = CanvasInput(
            start: context,
            tokens: Array(repeating: mask, count: rows),
            wanted: Array(0..<rows)
        )
        return ForwardItem(cache: cache, clean: [], canvases: [canvas])
    }
}
