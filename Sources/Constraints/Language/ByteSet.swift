/// A set of bytes.
package struct ByteSet: Sendable, Hashable {
    /// Bit `b % 64` of word `b / 64` says whether byte `b` belongs to the set.
    private var words = SIMD4<UInt64>()

    package init() {}

    package init(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { insert(byte) }
    }

    /// All 256 bytes.
    package static let all = ByteSet(UInt8.min...UInt8.max)

    package func contains(_ byte: UInt8) -> Bool {
        words[Int(byte >> 6)] & (1 << UInt64(byte & 63)) != 0
    }

    package mutating func insert(_ byte: UInt8) {
        words[Int(byte >> 6)] |= 1 << UInt64(byte & 63)
    }

    package var isEmpty: Bool { words == SIMD4() }

    package var count: Int {
        (0..<4).reduce(0) { $0 + words[$1].nonzeroBitCount }
    }

    /// The smallest byte of the set.
    package var first: UInt8? {
        for word in 0..<4 where words[word] != 0 { return UInt8(word * 64 + words[word].trailingZeroBitCount) }
        return nil
    }

    package func union(_ other: ByteSet) -> ByteSet { with(words | other.words) }

    package func intersection(_ other: ByteSet) -> ByteSet { with(words & other.words) }

    package func subtracting(_ other: ByteSet) -> ByteSet { with(words & ~other.words) }

    package var complement: ByteSet { with(~words) }

    private func with(_ words: SIMD4<UInt64>) -> ByteSet {
        var set = self
        set.words = words
        return set
    }
}

extension ByteSet: Sequence {
    /// The bytes in ascending order.
    package func makeIterator() -> some IteratorProtocol<UInt8> {
        (UInt8.min...UInt8.max).lazy.filter { contains($0) }.makeIterator()
    }
}
