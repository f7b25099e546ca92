/// A hash table from keys to numbers that is emptied at once: once for each layer of a lattice.
struct NodeIndex {
    private var keys: [Int64] = Array(repeating: 0, count: 256)
    private var numbers: [Int32] = Array(repeating: 0, count: 256)
    /// An entry counts if it was written in this generation.
    private var written: [UInt32] = Array(repeating: 0, count: 256)
    private var generation: UInt32 = 1
    private var count = 0

    mutating func removeAll() {
        count = 0
        if generation == .max {
            for slot in written.indices { written[slot] = 0 }
            generation = 0
        }
        generation += 1
    }

    /// The number of `key`; `new`, which is kept, if it has none.
    mutating func number(of key: Int64, ifNew new: Int32) -> Int32 {
        if count * 2 >= keys.count { grow() }
        let slot = slot(key)
        if written[slot] == generation { return numbers[slot] }
        (keys[slot], numbers[slot], written[slot]) = (key, new, generation)
        count += 1
        return new
    }

    private func slot(_ key: Int64) -> Int {
        let hash = UInt64(bitPattern: key) &* 0x9E37_79B9_7F4A_7C15
        var slot = Int(hash >> 32) & (keys.count - 1)
        while written[slot] == generation, keys[slot] != key { slot = (slot + 1) & (keys.count - 1) }
        return slot
    }

    private mutating func grow() {
        let entries = keys.indices.filter { written[$0] == generation }.map { (keys[$0], numbers[$0]) }
        let size = keys.count * 2
        keys = Array(repeating: 0, count: size)
        numbers = Array(repeating: 0, count: size)
        written = Array(repeating: 0, count: size)
        for (key, number) in entries {
            let slot = slot(key)
            (keys[slot], numbers[slot], written[slot]) = (key, number, generation)
        }
    }
}
