import CKernels
import Kernels

/// How the keys and the values of one head lie in memory, for attention to read while decoding.
///
/// Keys lie in tiles of 16 positions, `[tile][head dimension][16]`, so that one vector holds the same component of 16 keys;
/// values as `[position][head dimension]`. In bf16 two neighbours along the reduction share a word: components of keys,
/// positions of values. That is half the memory, and twice the products a cycle.
struct KeyValues {
    static let tile = 16

    let width: Int
    /// fp32 or bf16.
    let format: NumberFormat

    /// Words of the keys, or of the values, of so many positions: a multiple of the tile.
    func words(_ positions: Int) -> Int { ck_cache_words(positions, width, format.packed) }

    /// Threads may write different positions at the same time.
    func store(
        key: UnsafePointer<Float>,
        value: UnsafePointer<Float>,
        at position: Int,
        keys: UnsafeMutablePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        ck_store_key(keys, key, position, width, format.packed)
        ck_store_value(values, value, position, width, format.packed)
    }
}
