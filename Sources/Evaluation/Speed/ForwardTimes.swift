import Common
import Models

/// What a forward costs by its number of rows, T(n), behind a prefix of clean tokens (algorithms.md B13).
package struct ForwardTimes: Sendable, Codable {
    package struct Row: Sendable, Codable {
        package var rows: Int
        /// Median over the repetitions.
        package var ms: Double
        package var tokensPerSecond: Double
        /// Products of the network's matrices; a multiply-add is two operations.
        package var gops: Double
        /// Weights read once a forward.
        package var gbps: Double
        /// Of the speed that ``Ceilings`` allow, by products or by reading, whichever is nearer; weights that stay in a cache
        /// are not read from memory. Nil before ceilings are known.
        package var percentOfPeak: Double?
        /// Where the time goes, as one worker sees it; nil if nobody asked.
        package var operations: [Operation]?
        /// T(n) / T(1): the tokens per forward at which n rows pay against autoregressive decoding;
        /// nil if one row was not timed.
        package var breakEven: Double?
    }

    package var context: Int
    package var repetitions: Int
    /// Logits are computed at one row only, not at all.
    package var oneLogitsRow: Bool
    package var rows: [Row]

    /// Times canvases of each size in some rounds, so that a change of the processor's speed meets all of them alike; in
    /// a round each size runs several times, as a decoder does, so that weights are where the forward before left them.
    /// One row is a clean token, as autoregressive decoding has it; the others are canvases of masks.
    ///
    /// - Throws: if context and rows together do not fit the network's context.
    package static func measure(
        _ subject: BenchNetwork,
        context: Int,
        rows: [Int],
        oneLogitsRow: Bool = false,
        operations: Bool = false,
        repetitions: Int
    ) throws -> ForwardTimes {
        let network = subject.network
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
        var times = [[Double]](repeating: [], count: rows.count)
        var parts = [OperationTimes?](repeating: operations ? OperationTimes() : nil, count: rows.count)
        let rounds = min(5, repetitions)
        for _ in 0..<rounds {
            for (i, count) in rows.enumerated() {
                let item = item(cache, subject.mask, context: context, rows: count, oneLogitsRow)
                for repetition in 0...(repetitions + rounds - 1) / rounds {
                    // The first one warms caches and buffers.
                    var part = repetition > 0 ? parts[i] : nil
                    let begin = clock.now
                    _ = try network.forward([item], times: &part)
                    if repetition > 0 {
                        times[i].append((clock.now - begin) / .milliseconds(1))
                        parts[i] = part
                    }
                    cache.truncate(to: context)
                }
            }
        }
        let one = rows.firstIndex(of: 1).flatMap { Distribution(times[$0])?.median }
        return ForwardTimes(
            context: context,
            repetitions: repetitions,
            oneLogitsRow: oneLogitsRow,
            rows: zip(rows, zip(times, parts)).map { count, measured in
                let (samples, parts) = measured
                let ms = Distribution(samples)?.median ?? 0
                let products = network.weights.work(rows: count, logitsRows: oneLogitsRow ? 1 : count)
                let work = products.values
                return Row(
                    rows: count,
                    ms: ms,
                    tokensPerSecond: Double(count) / ms * 1e3,
                    gops: work.reduce(0) { $0 + $1.operations } / ms / 1e6,
                    gbps: work.reduce(0) { $0 + $1.bytes } / ms / 1e6,
                    operations: parts.map { Operation.list($0, forwards: samples.count, products) },
                    breakEven: one.map { ms / $0 }
                )
            }
        )
    }

    /// - Parameter weightBytes: of the network, which tells whether a cache keeps them.
    package mutating func relate(to ceilings: Ceilings, weightBytes: Int) {
        let isReading = weightBytes > WorkSplit.cachedBytes
        func percent(_ gops: Double, _ gbps: Double) -> Double {
            100 * max(gops / ceilings.gops, isReading ? gbps / ceilings.gbps : 0)
        }
        for i in rows.indices {
            rows[i].percentOfPeak = percent(rows[i].gops, rows[i].gbps)
            for j in (rows[i].operations ?? []).indices {
                guard let part = rows[i].operations?[j], let gops = part.gops, let gbps = part.gbps else { continue }
                rows[i].operations?[j].percentOfPeak = percent(gops, gbps)
            }
        }
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
    func filledCache(_ count: Int, capacity: Int) throws -> NativeCache {
        let cache = makeCache(capacity: capacity)
        let tokens = (0..<count).map { TokenID($0 * 31 % vocabularySize) }
        // A prefix in parts, so that the memory of a forward stays small.
        for first in stride(from: 0, to: count, by: 256) {
            _ = try forward([ForwardItem(cache: cache, clean: Array(tokens[first..<min(first + 256, count)]))])
        }
        return cache
    }
}
