import Common

/// Runs of ten consecutive words of a text, as hashes. Words are identifiers and numbers in lower case, so that spacing,
/// punctuation and comments between them make no difference.
enum WordRuns {
    static let length = 10
    /// A run with fewer words than this that are neither numbers nor single letters is a table, an alphabet or a
    /// sequence (`1, 2, 3, ...`) and belongs to nobody.
    private static let leastTelling = 2

    /// Calls `body` with the hash of each run, in order, until it returns false. One pass, no allocation.
    static func forEach(_ text: some Sequence<UInt8>, _ body: (_ run: UInt64, _ tells: Bool) -> Bool) {
        var words: InlineArray<10, UInt64> = .init(repeating: 0)
        var tells: InlineArray<10, Bool> = .init(repeating: false)
        var count = 0
        var word = Word()
        func finish() -> Bool {
            guard word.length > 0 else { return true }
            words[count % length] = SplitMix64.mix(word.hash)
            tells[count % length] = word.length > 1 && !word.startsWithDigit
            count += 1
            word = Word()
            guard count >= length else { return true }
            var run: UInt64 = 0x9E37_79B9
            var telling = 0
            for place in count..<count + length {
                run = SplitMix64.mix(run ^ words[place % length])
                telling += tells[place % length] ? 1 : 0
            }
            return body(run, telling >= leastTelling)
        }
        for byte in text {
            switch byte {
            case 65...90: word.append(byte + 32)
            case 48...57, 95, 97...122: word.append(byte)
            default: guard finish() else { return }
            }
        }
        _ = finish()
    }

    private struct Word {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var length = 0
        var startsWithDigit = false

        mutating func append(_ byte: UInt8) {
            if length == 0 { startsWithDigit = byte <= 57 }
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
            length += 1
        }
    }
}
