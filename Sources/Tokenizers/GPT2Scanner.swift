/// `PreTokenizer.gpt2Pattern` by hand. A byte that is not part of valid UTF-8 counts as a sign of its own.
enum GPT2Scanner: PieceScanner {
    private enum Kind { case letter, digit, space, sign }

    static func end(of start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        if bytes[start] == UInt8(ascii: "'"), let end = contraction(start, bytes) { return end }
        let (first, next) = read(start, bytes)
        if bytes[start] == 0x20, next < bytes.count {
            let (second, end) = read(next, bytes)
            if second != .space { return run(of: second, end, bytes) }
        }
        guard first == .space else { return run(of: first, next, bytes) }
        // White space, without its last character if something follows.
        var last = start
        var end = next
        while end < bytes.count {
            let (kind, after) = read(end, bytes)
            guard kind == .space else { return last > start ? last : end }
            last = end
            end = after
        }
        return end
    }

    private static func contraction(_ start: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard start + 1 < bytes.count else { return nil }
        let first = bytes[start + 1]
        switch first {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
        default: break
        }
        guard start + 2 < bytes.count else { return nil }
        switch (first, bytes[start + 2]) {
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return start + 3
        default: return nil
        }
    }

    @inline(__always)
    private static func run(of kind: Kind, _ start: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var index = start
        while index < bytes.count {
            let (found, next) = read(index, bytes)
            guard found == kind else { break }
            index = next
        }
        return index
    }

    /// The kind of the character at `index` and where the next one begins.
    @inline(__always)
    private static func read(_ index: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> (Kind, Int) {
        let byte = bytes[index]
        switch byte {
        case 0x61...0x7A, 0x41...0x5A: return (.letter, index + 1)
        case 0x30...0x39: return (.digit, index + 1)
        case 0x20, 0x09...0x0D: return (.space, index + 1)
        case 0x80...0xFF: return readScalar(index, bytes)
        default: return (.sign, index + 1)
        }
    }

    private static func readScalar(_ index: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> (Kind, Int) {
        let length =
            switch bytes[index] {
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 1
            }
        guard length > 1, index + length <= bytes.count else { return (.sign, index + 1) }
        var value = UInt32(bytes[index]) & (0x7F >> UInt32(length))
        for offset in 1..<length {
            guard bytes[index + offset] & 0xC0 == 0x80 else { return (.sign, index + 1) }
            value = value << 6 | UInt32(bytes[index + offset] & 0x3F)
        }
        let shortest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
        guard value >= shortest, let scalar = Unicode.Scalar(value) else { return (.sign, index + 1) }
        return (kind(scalar), index + length)
    }

    private static func kind(_ scalar: Unicode.Scalar) -> Kind {
        if scalar.properties.isWhitespace { return .space }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
        case .decimalNumber, .letterNumber, .otherNumber: return .digit
        default: return .sign
        }
    }
}
