/// Characters in bytes that need not be UTF-8.
enum UTF8Reader {
    /// The character at `index` and where the next one begins; nil if no valid sequence begins there.
    @inline(__always)
    static func scalar(at index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> (scalar: Unicode.Scalar, next: Int)? {
        let length =
            switch bytes[index] {
            case 0x00...0x7F: 1
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 0
            }
        guard length > 0, length <= bytes.count - index else { return nil }
        var value = UInt32(bytes[index])
        if length > 1 { value &= 0x7F >> UInt32(length) }
        for offset in 1..<max(1, length) {
            guard bytes[index + offset] & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(bytes[index + offset] & 0x3F)
        }
        let shortest: UInt32 = length == 3 ? 0x800 : length == 4 ? 0x10000 : 0
        guard value >= shortest, let scalar = Unicode.Scalar(value) else { return nil }
        return (scalar, index + length)
    }

    /// The character that ends at `end` and where it begins; nil if no valid sequence ends there.
    static func scalar(before end: Int, in bytes: UnsafeBufferPointer<UInt8>) -> (scalar: Unicode.Scalar, start: Int)? {
        for start in stride(from: end - 1, through: max(0, end - 4), by: -1) where bytes[start] & 0xC0 != 0x80 {
            guard let found = scalar(at: start, in: bytes), found.next == end else { return nil }
            return (found.scalar, start)
        }
        return nil
    }
}
