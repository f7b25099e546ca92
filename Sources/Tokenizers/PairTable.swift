/// An insert-only hash table from a pair of token ids to 64 bits; open addressing, at most half full.
struct PairTable: Sendable {
    private var keys: [UInt64]
    private var values: [UInt64]
    private(set) var count = 0

    /// No pair: ids are not negative.
    private static let empty = UInt64.max

    init(minimumCapacity: Int = 16) {
        var size = 32
        while size < 2 * minimumCapacity { size *= 2 }
        keys = Array(repeating: Self.empty, count: size)
        values = Array(repeating: 0, count: size)
    }

    /// The key of a pair of ids that are not negative.
    @inline(__always)
    static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    static func pair(_ key: UInt64) -> (left: Int32, right: Int32) {
        (Int32(truncatingIfNeeded: key >> 32), Int32(truncatingIfNeeded: key))
    }

    /// O(1).
    @inline(__always)
    subscript(key: UInt64) -> UInt64? {
        let slot = slot(key)
        return keys[slot] == key ? values[slot] : nil
    }

    /// Stores a value for a key that may be there already. O(1), amortised.
    mutating func update(_ key: UInt64, to value: UInt64) {
        var slot = slot(key)
        if keys[slot] != key {
            if 2 * (count + 1) > keys.count {
                grow()
                slot = self.slot(key)
            }
            keys[slot] = key
            count += 1
        }
        values[slot] = value
    }

    /// All keys, in an order that depends on the history.
    var keysInUse: [UInt64] { keys.filter { $0 != Self.empty } }

    /// Where the key is, or the free place for it.
    @inline(__always)
    private func slot(_ key: UInt64) -> Int {
        let mask = keys.count - 1
        let product = key.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        var slot = Int(truncatingIfNeeded: product.high ^ product.low) & mask
        while keys[slot] != key, keys[slot] != Self.empty { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        var larger = PairTable(minimumCapacity: keys.count)
        for (key, value) in zip(keys, values) where key != Self.empty { larger.update(key, to: value) }
        self = larger
    }
}
