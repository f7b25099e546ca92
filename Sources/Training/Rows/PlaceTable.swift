import Common

/// The places that segments are cut at: each document has one per `bytesPerPlace` bytes, and at least one. Every epoch
/// visits all of them once, in an order of its own.
struct PlaceTable: Sendable {
    /// Number of places of the documents up to and including each.
    private let ends: [Int]
    private let order: Permutation

    /// nil if there is not a single byte.
    init?(_ source: RowSource, bytesPerPlace: Int, seed: UInt64) {
        var total = 0
        ends = (0..<source.documents).map { index in
            let length = max(0, source.length(index))
            total += (length + bytesPerPlace - 1) / bytesPerPlace
            return total
        }
        guard total > 0 else { return nil }
        order = Permutation(count: total, seed: seed)
    }

    var count: Int { order.count }

    /// Place `number` of the endless sequence of epochs.
    subscript(number: UInt64) -> Int {
        order[Int(number % UInt64(count)), number / UInt64(count)]
    }

    /// The document of a place, and which part of how many equal parts of it the place is.
    func locate(_ place: Int) -> (document: Int, part: Int, parts: Int) {
        var (low, high) = (0, ends.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if place < ends[middle] { high = middle } else { low = middle + 1 }
        }
        let first = low == 0 ? 0 : ends[low - 1]
        return (low, place - first, ends[low] - first)
    }
}
