import Kernels

/// Committed keys and values of one sequence, each head's in the layout of ``KeyValues``.
///
/// Not `Sendable`: one owner at a time. Grows by doubling up to its capacity.
package final class NativeCache: DecodingCache {
    package private(set) var length = 0
    package let capacity: Int
    private let configuration: ModelConfiguration
    private var allocated = 0
    /// `[layer][key-value head]`.
    private var keys: [FloatBuffer] = []
    private var values: [FloatBuffer] = []

    private let layout: KeyValues

    init(configuration: ModelConfiguration, format: NumberFormat, capacity: Int) {
        self.configuration = configuration
        self.capacity = capacity
        layout = KeyValues(width: configuration.headDimension, format: format)
    }

    package func truncate(to length: Int) {
        precondition(length >= 0 && length <= self.length, "truncate(to: \(length)) of \(self.length)")
        self.length = length
    }

    package func fork(length: Int, capacity: Int) -> NativeCache {
        precondition(length <= min(self.length, capacity), "a fork of \(length) of \(self.length) tokens")
        let copy = NativeCache(configuration: configuration, format: layout.format, capacity: capacity)
        guard length > 0 else { return copy }
        // Whole tiles, as they are stored.
        let words = layout.words((length + KeyValues.tile - 1) / KeyValues.tile * KeyValues.tile)
        copy.extend(by: length)
        for (from, to) in zip(keys + values, copy.keys + copy.values) { to.base.update(from: from.base, count: words) }
        return copy
    }

    package var byteCount: Int { (keys + values).reduce(0) { $0 + $1.count } * MemoryLayout<Float>.stride }

    /// Makes room for `count` more tokens; their keys and values are written through ``keys(_:_:)`` and ``values(_:_:)``.
    func extend(by count: Int) {
        let needed = length + count
        precondition(needed <= capacity, "\(needed) tokens in a cache of \(capacity)")
        if needed > allocated { grow(to: needed) }
        length = needed
    }

    private func grow(to needed: Int) {
        let size = max(needed, min(2 * allocated, capacity), 64)
        let rounded = (size + KeyValues.tile - 1) / KeyValues.tile * KeyValues.tile
        func enlarge(_ old: [FloatBuffer]) -> [FloatBuffer] {
            (0..<configuration.layers * configuration.keyValueHeads).map { index in
                let buffer = FloatBuffer(count: layout.words(rounded))
                // Both forms are contiguous in whole tiles, so that the old part is a prefix of the new one.
                if index < old.count { buffer.base.update(from: old[index].base, count: old[index].count) }
                return buffer
            }
        }
        keys = enlarge(keys)
        values = enlarge(values)
        allocated = rounded
    }

    func keys(_ layer: Int, _ head: Int) -> UnsafeMutablePointer<Float> {
        keys[layer * configuration.keyValueHeads + head].base
    }

    func values(_ layer: Int, _ head: Int) -> UnsafeMutablePointer<Float> {
        values[layer * configuration.keyValueHeads + head].base
    }
}
