import Kernels

/// Committed keys and values of one sequence, fp32. Keys lie in tiles of 16 positions, `[tile][head dimension][16]`, so
/// that one vector holds the same component of 16 keys; values as `[position][head dimension]`.
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

    static let tile = 16

    init(configuration: ModelConfiguration, capacity: Int) {
        self.configuration = configuration
        self.capacity = capacity
    }

    package func truncate(to length: Int) {
        precondition(length >= 0 && length <= self.length, "truncate(to: \(length)) of \(self.length)")
        self.length = length
    }

    /// Makes room for `count` more tokens; their keys and values are written through ``keys(_:_:)`` and ``values(_:_:)``.
    func extend(by count: Int) {
        let needed = length + count
        precondition(needed <= capacity, "\(needed) tokens in a cache of \(capacity)")
        if needed > allocated { grow(to: needed) }
        length = needed
    }

    private func grow(to needed: Int) {
        let size = max(needed, min(2 * allocated, capacity), 64)
        let rounded = (size + NativeCache.tile - 1) / NativeCache.tile * NativeCache.tile
        let width = configuration.headDimension
        func enlarge(_ old: [FloatBuffer]) -> [FloatBuffer] {
            (0..<configuration.layers * configuration.keyValueHeads).map { index in
                let buffer = FloatBuffer(count: rounded * width)
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

    /// Writes a key of `width` components as position `position` of tiles.
    static func store(_ key: UnsafePointer<Float>, width: Int, at position: Int, in tiles: UnsafeMutablePointer<Float>)
    {
        let base = tiles + position / tile * tile * width + position % tile
        for i in 0..<width { base[i * tile] = key[i] }
    }
}
