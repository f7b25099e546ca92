import Common

/// Finds documents that were seen before: exactly (up to white space) or mostly, by the hashes of their lines.
struct Deduplicator {
    enum Verdict {
        case new, exact, near
    }

    /// A document is a near duplicate if more than this share of its telling lines has been seen, or if it holds more
    /// than this share of the telling lines of a document that is held out.
    var threshold = 0.6
    /// Documents with fewer telling lines than this are only compared as a whole.
    var leastLines = 4
    private var documents: Set<UInt64> = []
    private var lines: Set<UInt64> = []
    private var heldOutLines: [UInt64: [Int]] = [:]
    private var heldOutCounts: [Int] = []

    /// Judges a document and, if it is new, remembers it. Cost: one pass and a look-up a line; 8 bytes of set a line.
    mutating func callAsFunction(_ bytes: [UInt8], heldOut: Bool) -> Verdict {
        let (whole, own) = hashes(bytes)
        guard documents.insert(whole).inserted else { return .exact }
        let seen = own.count { lines.contains($0) }
        if own.count >= leastLines, Double(seen) > threshold * Double(own.count) { return .near }
        if heldOut {
            for line in own { heldOutLines[line, default: []].append(heldOutCounts.count) }
            heldOutCounts.append(own.count)
        } else if swallowsHeldOut(own) {
            return .near
        }
        lines.formUnion(own)
        return .new
    }

    private func swallowsHeldOut(_ own: Set<UInt64>) -> Bool {
        var shared: [Int: Int] = [:]
        for line in own {
            for document in heldOutLines[line] ?? [] { shared[document, default: 0] += 1 }
        }
        return shared.contains { document, count in
            heldOutCounts[document] >= leastLines && Double(count) > threshold * Double(heldOutCounts[document])
        }
    }

    /// The hash of all visible bytes, and those of the lines of at least 16 visible bytes: shorter ones (`return x`,
    /// `else:`) occur everywhere and tell nothing.
    private func hashes(_ bytes: [UInt8]) -> (whole: UInt64, lines: Set<UInt64>) {
        var whole: UInt64 = 0xCBF2_9CE4_8422_2325
        var lines: Set<UInt64> = []
        var line: UInt64 = 0xCBF2_9CE4_8422_2325
        var length = 0
        func finish() {
            if length >= 16 { lines.insert(SplitMix64.mix(line)) }
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
        return (SplitMix64.mix(whole), lines)
    }
}
