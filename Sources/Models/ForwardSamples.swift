package import Common

/// Timed forwards over n rows behind a prefix of clean tokens: T(n) (algorithms.md B13).
package struct ForwardSamples: Sendable {
    package let rows: [Int]
    /// Seconds of each forward, by index into `rows`.
    package private(set) var seconds: [[Double]]
    /// Where the time went, by index into `rows`; nil if nobody asked.
    package private(set) var operations: [OperationTimes?]

    /// Median seconds, by index into `rows`.
    package var medians: [Double] { seconds.map { $0.median ?? 0 } }

    /// Times canvases of each size in some rounds, so that a change of the processor's speed meets all of them alike; in
    /// a round each size runs several times, as a decoder does, so that weights are where the forward before left them.
    /// One row is a clean token, as autoregressive decoding has it; the others are canvases of masks.
    ///
    /// - Throws: if context and rows together do not fit the network's context.
    package static func measure(
        _ network: NativeNetwork,
        mask: TokenID,
        context: Int,
        rows: [Int],
        oneLogitsRow: Bool = false,
        operations: Bool = false,
        repetitions: Int
    ) throws -> ForwardSamples {
        guard context >= 1, let most = rows.max(), rows.allSatisfy({ $0 >= 1 }), repetitions >= 1 else {
            throw CinnabarError(.invalidArgument, "context, rows and repetitions must be positive")
        }
        guard max(context, most) <= network.contextLength, context + most <= network.contextLength else {
            throw CinnabarError(
                .contextLength,
                "\(most) rows behind \(context) tokens exceed the context of \(network.contextLength)",
                hint: "ask for fewer rows or a shorter prefix"
            )
        }
        let cache = try network.filledCache(context, capacity: context + 1)
        let clock = ContinuousClock()
        var seconds = [[Double]](repeating: [], count: rows.count)
        var parts = [OperationTimes?](repeating: operations ? OperationTimes() : nil, count: rows.count)
        let rounds = min(5, repetitions)
        for _ in 0..<rounds {
            for (i, count) in rows.enumerated() {
                let item = item(cache, mask, context: context, rows: count, oneLogitsRow)
                for repetition in 0...(repetitions + rounds - 1) / rounds {
                    // The first one warms caches and buffers.
                    var part = repetition > 0 ? parts[i] : nil
                    let begin = clock.now
                    _ = try network.forward([item], times: &part)
                    if repetition > 0 {
                        seconds[i].append((clock.now - begin) / .seconds(1))
                        parts[i] = part
                    }
                    cache.truncate(to: context)
                }
            }
        }
        return ForwardSamples(rows: rows, seconds: seconds, operations: parts)
    }

    private static func item(
        _ cache: NativeCache,
        _ mask: TokenID,
        context: Int,
        rows: Int,
        _ oneLogitsRow: Bool
    ) -> ForwardItem<NativeCache> {
        guard rows > 1 else { return ForwardItem(cache: cache, clean: [mask], wantedClean: [0]) }
        let canvas = CanvasInput(
            start: context,
            tokens: Array(repeating: mask, count: rows),
            wanted: Array(oneLogitsRow ? rows - 1..<rows : 0..<rows)
        )
        return ForwardItem(cache: cache, clean: [], canvases: [canvas])
    }
}

extension NativeNetwork {
    /// A cache with some clean tokens in it.
    package func filledCache(_ count: Int, capacity: Int) throws -> NativeCache {
        let cache = makeCache(capacity: capacity)
        let tokens = (0..<count).map { TokenID($0 * 31 % vocabularySize) }
        // A prefix in parts, so that the memory of a forward stays small.
        for first in stride(from: 0, to: count, by: 256) {
            _ = try forward([ForwardItem(cache: cache, clean: Array(tokens[first..<min(first + 256, count)]))])
        }
        return cache
    }
}
