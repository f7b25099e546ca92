import Kernels

/// How a forward is divided among workers. Results do not depend on it.
///
/// With some rows each, a worker owns rows from the embedding to the logits and meets the others once a layer, when keys
/// and values are in place: what it reads it has written itself. With fewer rows, or with weights that come from memory
/// each time, the outputs of every product are divided instead, which needs a meeting after each but reads every weight
/// on one core only.
package struct WorkSplit: Sendable {
    let workers: Int
    /// Rows that each worker owns; nil if outputs are divided.
    private let owned: [Range<Int>]?
    private let count: Int

    /// Rows a worker from which on owning them is faster: measured on two cores with a network of 7 million weights, the
    /// two ways are equal at 6 rows in all while the cores are slow to see each other's writes, at 10 while they are fast.
    private static let leastOwned = 4
    /// The same for weights that do not stay in a cache, measured with 600 MB in int8: equal at about 48 rows.
    private static let leastOwnedFromMemory = 24
    /// Bytes of weights that the last cache of a small server is expected to keep.
    package static let cachedBytes = 24 << 20

    /// - Parameters:
    ///   - costs: of each row, in any unit.
    ///   - weightBytes: that a forward reads.
    init(costs: [Double], workers: Int, weightBytes: Int) {
        self.workers = workers
        count = costs.count
        let least = weightBytes <= Self.cachedBytes ? Self.leastOwned : Self.leastOwnedFromMemory
        owned = count >= least * workers ? WorkSplit.divide(costs, into: workers) : nil
    }

    /// Consecutive parts of about equal cost, none empty.
    static func divide(_ costs: [Double], into parts: Int) -> [Range<Int>] {
        let total = costs.reduce(0, +)
        var result: [Range<Int>] = []
        var (end, sum) = (0, 0.0)
        for part in 1...parts {
            let first = end
            let most = costs.count - (parts - part)
            let goal = total * Double(part) / Double(parts)
            while end < most, part == parts || end == first || sum + costs[end] / 2 < goal {
                sum += costs[end]
                end += 1
            }
            result.append(first..<end)
        }
        return result
    }

    var dividesOutputs: Bool { owned == nil && workers > 1 }

    /// Rows of the products that a worker computes.
    func rows(_ worker: Int) -> Range<Int> { owned?[worker] ?? 0..<count }

    /// Rows that a worker alone prepares: embeds, rotates, stores.
    func prepared(_ worker: Int) -> Range<Int> { owned?[worker] ?? share(of: count, worker) }

    /// Panels of outputs that a worker computes.
    func panels(_ worker: Int, of panels: Int) -> Range<Int> {
        owned == nil ? share(of: panels, worker) : 0..<panels
    }

    private func share(of count: Int, _ worker: Int) -> Range<Int> {
        ThreadPool.share(of: count, worker: worker, workers: workers)
    }
}
