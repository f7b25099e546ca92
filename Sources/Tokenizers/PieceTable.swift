package import Common

/// Byte strings of a vocabulary with lookup in both directions; open addressing over one flat array.
struct PieceTable: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var offsets: [Int] = [0]
    private var slots: [Int32]
    private let mask: Int

    /// - Parameter indexed: ids that lookup may find (special tokens are not: text never becomes one by accident).
    init(_ pieces: [[UInt8]], indexed: (Int) -> Bool) {
        var capacity = 16
        while capacity < pieces.count * 2 { capacity *= 2 }
        slots = [Int32](repeating: -1, count: capacity)
        mask = capacity - 1
        for piece in pieces {
            bytes += piece
            offsets.append(bytes.count)
        }
        for (id, piece) in pieces.enumerated() where indexed(id) {
            piece.withUnsafeBufferPointer { buffer in
                var slot = Int(truncatingIfNeeded: PieceTable.hash(buffer)) & mask
                while slots[slot] >= 0 { slot = (slot + 1) & mask }
                slots[slot] = Int32(id)
            }
        }
    }

    var count: Int { offsets.count - 1 }

    subscript(id: Int) -> ArraySlice<UInt8> { bytes[offsets[id]..<offsets[id + 1]] }

    /// The id of exactly these bytes, or -1.
    @inline(__always)
    func id(of piece: UnsafeBufferPointer<UInt8>) -> Int32 {
        var slot = Int(truncatingIfNeeded: PieceTable.hash(piece)) & mask
        return slots.withUnsafeBufferPointer { slots in
            bytes.withUnsafeBufferPointer { bytes in
                while true {
                    let id = slots[slot]
                    if id < 0 { return -1 }
                    let lo = offsets[Int(id)]
                    if offsets[Int(id) + 1] - lo == piece.count {
                        var equal = true
                        for i in 0..<piece.count where bytes[lo + i] != piece[i] {
                            equal = false
                            break
                        }
                        if equal { return id }
                    }
                    slot = (slot + 1) & mask
                }
            }
        }
    }

    /// FNV-1a with a final mix.
    @inline(__always)
    private static func hash(_ piece: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var h: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in piece { h = (h ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return SplitMix64.mix(h)
    }
}

/// Ranks of merges: (left id, right id) → (rank, merged id); open addressing.
struct MergeTable: Sendable {
    private var keys: [UInt64]
    private var values: [(rank: Int32, id: Int32)]
    private let mask: Int

    init(_ merges: [(left: TokenID, right: TokenID, id: TokenID)]) {
        var capacity = 16
        while capacity < merges.count * 2 { capacity *= 2 }
        keys = [UInt64](repeating: .max, count: capacity)
        values = [(Int32, Int32)](repeating: (.max, -1), count: capacity)
        mask = capacity - 1
        for (rank, merge) in merges.enumerated() {
            let key = MergeTable.key(merge.left, merge.right)
            var slot = Int(truncatingIfNeeded: SplitMix64.mix(key)) & mask
            while keys[slot] != .max, keys[slot] != key { slot = (slot + 1) & mask }
            guard keys[slot] == .max else { continue }
            keys[slot] = key
            values[slot] = (Int32(rank), merge.id)
        }
    }

    private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// Rank `Int32.max` if the pair does not merge.
    @inline(__always)
    subscript(left: TokenID, right: TokenID) -> (rank: Int32, id: Int32) {
        let key = MergeTable.key(left, right)
        var slot = Int(truncatingIfNeeded: SplitMix64.mix(key)) & mask
        while true {
            if keys[slot] == key { return values[slot] }
            if keys[slot] == .max { return (.max, -1) }
            slot = (slot + 1) & mask
        }
    }
}
