import Common

/// Finds documents that were seen before: exactly (up to white space) or mostly, by the hashes of their lines.
struct Deduplicator {
    enum Verdict {
        case new, exact, near
    }

    /// A document is a near duplicate if more than this share of its telling lines has been seen.
    var threshold = 0.6
    private var documents: Set<UInt64> = []
    private var lines: Set<UInt64> = []

    /// Judges a document and, if it is new, remembers it.
    mutating func callAsFunction(_ bytes: [UInt8]) -> Verdict {
        var whole: UInt64 = 0xCBF2_9CE4_8422_2325
        var hashes: Set<UInt64> = []
        var line: UInt64 = 0xCBF2_9CE4_8422_2325
        var length = 0
        func finish() {
            // Short lines (`return x`, `else:`) occur everywhere and tell nothing.
            if length >= 16 { hashes.insert(SplitMix64.mix(line)) }
            line = 0xCBF2_9CE4_8422_2325
            length = 0
        }
        for byte in bytes {
            if byte == UInt8(ascii: "\n") { finish() }
            guard byte > 32 else { continue }
            whole = (whole ^ UInt64(byte)) &* 0x100_0000_01B3
            line = (line ^ UInt64(byte)) &* 0x100_0000_01B3
            length += 1
        }
        finish()
        guard documents.insert(SplitMix64.mix(whole)).inserted else { return .exact }
        let seen = hashes.count { lines.contains($0) }
        if hashes.count >= 4, Double(seen) > threshold * Double(hashes.count) { return .near }
        lines.formUnion(hashes)
        return .new
    }
}
