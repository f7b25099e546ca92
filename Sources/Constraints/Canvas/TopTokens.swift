package import Common

/// The largest logits of a row.
package struct TopTokens {
    package struct Entry {
        package var logit: Float
        package var token: TokenID

        /// Of the smaller logit, and of equals the larger token.
        @inline(__always)
        static func isWorse(_ a: Entry, _ b: Entry) -> Bool {
            a.logit < b.logit || a.logit == b.logit && a.token > b.token
        }
    }

    /// A heap whose root is the worst.
    private var heap: [Entry] = []

    /// NaN counts as minus infinity. Cost: one comparison for most entries.
    package init(_ row: UnsafeBufferPointer<Float>, count: Int) {
        let count = min(count, row.count)
        guard count > 0 else { return }
        heap = (0..<count).map { Entry(logit: row[$0].isNaN ? -.infinity : row[$0], token: TokenID($0)) }
        heap.sort { Entry.isWorse($0, $1) }
        heap.withUnsafeMutableBufferPointer { heap in
            var next = count
            while next < row.count {
                // Most of a row is worse than what is held.
                if next + Self.lanes <= row.count, !any(Self.lanes(of: row, from: next) .> heap[0].logit) {
                    next += Self.lanes
                    continue
                }
                let end = min(next + Self.lanes, row.count)
                for index in next..<end where row[index] > heap[0].logit {
                    Self.sink(Entry(logit: row[index], token: TokenID(index)), into: heap)
                }
                next = end
            }
        }
    }

    private static let lanes = 16

    private static func lanes(of row: UnsafeBufferPointer<Float>, from index: Int) -> SIMD16<Float> {
        UnsafeRawBufferPointer(row).loadUnaligned(fromByteOffset: 4 * index, as: SIMD16<Float>.self)
    }

    /// Descending.
    package var sorted: [Entry] { heap.sorted { Entry.isWorse($1, $0) } }

    /// Replaces the root.
    private static func sink(_ entry: Entry, into heap: UnsafeMutableBufferPointer<Entry>) {
        var hole = 0
        while 2 * hole + 1 < heap.count {
            var child = 2 * hole + 1
            if child + 1 < heap.count, Entry.isWorse(heap[child + 1], heap[child]) { child += 1 }
            guard Entry.isWorse(heap[child], entry) else { break }
            heap[hole] = heap[child]
            hole = child
        }
        heap[hole] = entry
    }
}
