import Common

/// A pseudo-random permutation of 0..<count for each epoch, computed value by value: a Feistel network on the next power
/// of four, walked until it lands inside (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
struct Permutation: Sendable {
    let count: Int
    private let seed: UInt64
    private let halfBits: UInt64

    init(count: Int, seed: UInt64) {
        precondition(count > 0)
        self.count = count
        self.seed = seed
        var bits: UInt64 = 1
        while (1 as UInt64) << (2 * bits) < UInt64(count) { bits += 1 }
        halfBits = bits
    }

    subscript(index: Int, epoch: UInt64) -> Int {
        precondition(index >= 0 && index < count)
        let mask = ((1 as UInt64) << halfBits) - 1
        var value = UInt64(index)
        repeat {
            var left = value >> halfBits
            var right = value & mask
            for round in 0..<4 as Range<UInt64> {
                let mixed = SplitMix64.mix(seed &+ SplitMix64.mix(epoch &* 4 &+ round) ^ right)
                (left, right) = (right, left ^ (mixed & mask))
            }
            value = left << halfBits | right
        } while value >= UInt64(count)
        return Int(value)
    }
}
