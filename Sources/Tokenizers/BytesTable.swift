/// A set of byte strings, numbered in the order of insertion; open addressing, at most half full.
struct BytesTable: Sendable {
    /// (upper half of the hash, number + 1) of each slot; 0 is free.
    private var slots: [UInt64]
    /// All strings, one after the other.
    private var arena: [UInt8] = []
    /// Where each string starts in the arena, and the end of the last one.
    private var starts: [Int] = [0]

    var count: Int { starts.count - 1 }

    init(minimumCapacity: Int = 16) {
        var size = 32
        while size < 2 * minimumCapacity { size *= 2 }
        slots = Array(repeating: 0, count: size)
    }

    /// The bytes of the string with this number.
    subscript(number: Int) -> ArraySlice<UInt8> { arena[starts[number]..<starts[number + 1]] }

    /// The number of a string, nil if it is not in the set. O(length).
    @inline(__always)
    func find(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        let slot = slot(bytes, Self.hash(bytes))
        return slots[slot] == 0 ? nil : Self.number(slots[slot])
    }

    func find(_ bytes: [UInt8]) -> Int? { bytes.withUnsafeBufferPointer { find($0) } }

    /// The number of a string, which is added if it is not in the set. O(length), amortised.
    mutating func insert(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let hash = Self.hash(bytes)
        var slot = slot(bytes, hash)
        if slots[slot] != 0 { return Self.number(slots[slot]) }
        if 2 * (count + 1) > slots.count {
            grow()
            slot = self.slot(bytes, hash)
        }
        arena.append(contentsOf: bytes)
        starts.append(arena.count)
        slots[slot] = hash & ~0xFFFF_FFFF | UInt64(count)
        return count - 1
    }

    mutating func insert(_ bytes: [UInt8]) -> Int { bytes.withUnsafeBufferPointer { insert($0) } }

    @inline(__always)
    private static func number(_ slot: UInt64) -> Int { Int(slot & 0xFFFF_FFFF) - 1 }

    /// Where the string is, or the free place for it.
    @inline(__always)
    private func slot(_ bytes: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
        while slots[slot] != 0 {
            if slots[slot] >> 32 == hash >> 32, equals(Self.number(slots[slot]), bytes) { break }
            slot = (slot + 1) & mask
        }
        return slot
    }

    @inline(__always)
    private func equals(_ number: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = starts[number]
        guard starts[number + 1] - start == bytes.count else { return false }
        return arena.withUnsafeBufferPointer { arena in
            for index in 0..<bytes.count where arena[start + index] != bytes[index] { return false }
            return true
        }
    }

    /// Eight bytes at a time, each folded in by a multiplication of full width (as in wyhash).
    @inline(__always)
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let raw = UnsafeRawBufferPointer(bytes)
        var hash = UInt64(raw.count) &* 0x9E37_79B9_7F4A_7C15
        var index = 0
        while index + 8 <= raw.count {
            hash = fold(hash ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var tail: UInt64 = 0
        while index < raw.count {
            tail = tail << 8 | UInt64(raw[index])
            index += 1
        }
        return fold(hash ^ tail ^ 0xA076_1D64_78BD_642F)
    }

    @inline(__always)
    private static func fold(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
        return product.high ^ product.low
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: 2 * slots.count)
        let mask = slots.count - 1
        arena.withUnsafeBufferPointer { arena in
            for number in 0..<count {
                let hash = Self.hash(UnsafeBufferPointer(rebasing: arena[starts[number]..<starts[number + 1]]))
                var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
                while slots[slot] != 0 { slot = (slot + 1) & mask }
                slots[slot] = hash & ~0xFFFF_FFFF | UInt64(number + 1)
            }
        }
    }
}
