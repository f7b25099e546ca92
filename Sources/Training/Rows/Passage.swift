/// The lines of a document around a place.
struct Passage {
    struct Line: Hashable {
        /// First byte, and the one behind the last, the newline included.
        let start: Int
        let end: Int
        /// End without the line break.
        let visibleEnd: Int
        /// First byte that is neither a blank nor a tab.
        let content: Int
        /// True if the line begins or ends a definition, a bracket and so on; from its first bytes.
        let head: Head

        var indentation: Int { content - start }
        var isBlank: Bool { head == .blank }
        var isWhole: Bool { visibleEnd < end }
    }

    enum Head { case blank, definition, decorator, closingBracket, other }

    let document: [UInt8]
    private(set) var lines: [Line] = []

    private static let newline = UInt8(ascii: "\n")

    /// The lines within about `reach` bytes of `offset`, which must be inside the document; at least one line.
    ///
    /// A line longer than that is cut between characters. Cost: one pass over these bytes.
    init(_ document: [UInt8], around offset: Int, reach: Int) {
        precondition(document.indices.contains(offset))
        self.document = document
        var lower = max(0, offset - max(reach, 8))
        var upper = min(document.count, offset + max(reach, 8))
        if lower > 0 {
            if let found = document[lower - 1..<offset].firstIndex(of: Passage.newline) { lower = found + 1 }
            lower = boundary(lower)
        }
        if upper < document.count {
            if let found = document[offset..<upper].lastIndex(of: Passage.newline) { upper = found + 1 }
            upper = max(offset + 1, boundary(upper))
        }
        var start = lower
        while start < upper {
            let end = document[start..<upper].firstIndex(of: Passage.newline).map { $0 + 1 } ?? upper
            lines.append(line(start, end))
            start = end
        }
    }

    /// The nearest place at or before `offset` that does not cut a UTF-8 character; bytes that are no UTF-8 are cut.
    func boundary(_ offset: Int) -> Int {
        var at = offset
        while at > 0, at < document.count, offset - at < 3, document[at] & 0xC0 == 0x80 { at -= 1 }
        return at < document.count && document[at] & 0xC0 == 0x80 ? offset : at
    }

    /// Index of the line that holds `offset`, or the nearest one.
    func index(of offset: Int) -> Int {
        var (low, high) = (0, lines.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if offset < lines[middle].end { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private func line(_ start: Int, _ end: Int) -> Line {
        var visibleEnd = end
        if document[end - 1] == Passage.newline {
            visibleEnd -= 1
            if visibleEnd > start, document[visibleEnd - 1] == 13 { visibleEnd -= 1 }
        }
        var content = start
        while content < visibleEnd, document[content] == 32 || document[content] == 9 { content += 1 }
        return Line(
            start: start,
            end: end,
            visibleEnd: visibleEnd,
            content: content,
            head: head(content..<visibleEnd)
        )
    }

    private func head(_ range: Range<Int>) -> Head {
        guard let first = range.first else { return .blank }
        switch document[first] {
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): return .closingBracket
        case UInt8(ascii: "@"): return .decorator
        case UInt8(ascii: "d"), UInt8(ascii: "a"):
            let rest = document[range]
            return rest.starts(with: "def ".utf8) || rest.starts(with: "async def ".utf8) ? .definition : .other
        default: return .other
        }
    }
}
