/// Ranges of code points as languages of bytes.
///
/// A range is cut where the length of the encoding changes and where the bytes behind the first stop running through all
/// their values (the method of Ken Thompson's grep, as RE2 has it); what begins alike is then put together.
extension Language {
    /// The UTF-8 of one scalar of the set.
    package static func scalar(_ set: ScalarSet) -> Language {
        byteRows(set.ranges.flatMap { byteRanges($0)[...] }[...], 0)
    }

    /// One range of bytes for each place of the encoding.
    private typealias Row = [ClosedRange<UInt8>]

    /// The language of rows that agree up to `depth`, sorted.
    private static func byteRows(_ rows: ArraySlice<Row>, _ depth: Int) -> Language {
        var order: [Language] = []
        // First bytes with the same continuations are one set.
        var firsts: [Language: ByteSet] = [:]
        var rest = rows
        while let head = rest.first {
            let group = rest.prefix { $0[depth] == head[depth] }
            rest = rest[group.endIndex...]
            let behind = head.count == depth + 1 ? .empty : byteRows(group, depth + 1)
            if firsts[behind] == nil { order.append(behind) }
            firsts[behind] = (firsts[behind] ?? ByteSet()).union(ByteSet(head[depth]))
        }
        return .either(order.map { .joined([.byte(firsts[$0] ?? ByteSet()), $0]) })
    }

    private static func byteRanges(_ range: ClosedRange<UInt32>) -> [Row] {
        let (low, high) = (range.lowerBound, range.upperBound)
        for limit: UInt32 in [0x7F, 0x7FF, 0xFFFF] where low <= limit && high > limit {
            return byteRanges(low...limit) + byteRanges((limit + 1)...high)
        }
        // The first byte must be alone, or all bytes behind it must run from 80 to BF.
        for bits: UInt32 in [6, 12, 18] where high > 0x7F && low >> bits != high >> bits {
            let mask: UInt32 = 1 << bits - 1
            if low & mask != 0 { return byteRanges(low...(low | mask)) + byteRanges(((low | mask) + 1)...high) }
            if high & mask != mask {
                return byteRanges(low...((high & ~mask) - 1)) + byteRanges((high & ~mask)...high)
            }
        }
        return [zip(encoding(low), encoding(high)).map { $0...$1 }]
    }

    /// Surrogates are never asked for.
    private static func encoding(_ scalar: UInt32) -> [UInt8] {
        Unicode.Scalar(scalar).map { Array(String($0).utf8) } ?? []
    }
}
