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
        let samples = try ForwardSamples.measure(
            network,
            mask: subject.mask,
            context: context,
            rows: rows,
            oneLogitsRow: oneLogitsRow,
            operations: operations,
            repetitions: repetitions
        )
        let medians = samples.medians
        let one = rows.firstIndex(of: 1).map { 1e3 * medians[$0] }
        return ForwardTimes(
            context: context,
            repetitions: repetitions,
            oneLogitsRow: oneLogitsRow,
            rows: rows.enumerated().map { i, count in
                let ms = 1e3 * medians[i]
                let products = network.weights.work(rows: count, logitsRows: oneLogitsRow ? 1 : count)
                let work = products.values
                return Row(
                    rows: count,
                    ms: ms,
                    tokensPerSecond: Double(count) / ms * 1e3,
                    gops: work.reduce(0) { $0 + $1.operations } / ms / 1e6,
                    gbps: work.reduce(0) { $0 + $1.bytes } / ms / 1e6,
                    operations: samples.operations[i].map {
                        Operation.list($0, forwards: samples.seconds[i].count, products)
                    },
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
}
