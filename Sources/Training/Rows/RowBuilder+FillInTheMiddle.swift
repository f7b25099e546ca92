import Common
import Foundation

extension RowBuilder {
    struct Example {
        var tokens: [TokenID]
        /// Where the middle lies, its end marker included.
        var middle: Range<Int>
    }

    /// `<suffix> … <prefix> … <middle> … <eom>` (SPM: while one types at the end of the prefix, the suffix stays cached).
    ///
    /// Prefix, middle and suffix are encoded each on its own, at training as at decoding, so that a hole may begin or end
    /// inside what would be one token: behind a newline but before the indentation, for example.
    func fillInTheMiddle(_ document: [UInt8], near offset: Int, room: Int, _ random: inout SplitMix64) -> Example? {
        guard let middle = chooseMiddle(document, near: offset, &random) else { return nil }
        let middleTokens = vocabulary.encode(document[middle])
        let markers = 4
        guard middleTokens.count + markers + 16 <= room else { return nil }
        // The size of the whole varies, so that the end of the middle stands anywhere in a row.
        let largest = Double(room - markers - middleTokens.count)
        var budget = exp(log(32) + random.uniform() * (log(max(largest, 33)) - log(32)))
        for _ in 0..<4 {
            let (prefix, suffix) = context(document, around: middle, tokens: budget, &random)
            let suffixTokens = vocabulary.encode(document[suffix])
            let prefixTokens = vocabulary.encode(document[prefix])
            let count = suffixTokens.count + prefixTokens.count + middleTokens.count + markers
            if count <= room {
                let tokens =
                    [vocabulary.fimSuffix] + suffixTokens + [vocabulary.fimPrefix] + prefixTokens
                    + [vocabulary.fimMiddle] + middleTokens + [vocabulary.eom]
                return Example(tokens: tokens, middle: count - middleTokens.count - 1..<count)
            }
            budget *= 0.6
        }
        return nil
    }

    /// A hole near `offset`: mostly one whole line, also the rest of a line, some lines, or any span of characters.
    private func chooseMiddle(_ text: [UInt8], near offset: Int, _ random: inout SplitMix64) -> Range<Int>? {
        var start = Lines.start(text, offset)
        for _ in 0..<8 where start < text.count && Lines.isBlank(text, start) { start = Lines.end(text, start) }
        guard start < text.count, !Lines.isBlank(text, start) else { return nil }
        let end = Lines.end(text, start)
        let hasNewline = text[end - 1] == UInt8(ascii: "\n")
        let visibleEnd = hasNewline ? end - 1 : end
        let indented = start + Lines.indentation(text, start)
        let kind = random.uniform()
        if kind < 0.58 {
            // A whole line, usually with its indentation and newline; both junctions also occur the other way.
            let first = random.uniform() < 0.75 ? start : indented
            let last = random.uniform() < 0.8 ? end : visibleEnd
            return limited(first..<last)
        }
        if kind < 0.74 {
            // The rest of a line, from a place inside it.
            let first = Int.random(in: indented...max(indented, visibleEnd - 1), using: &random)
            return limited(first..<(random.uniform() < 0.5 ? visibleEnd : end))
        }
        if kind < 0.90 {
            // Two to eight whole lines.
            var last = end
            for _ in 0..<Int.random(in: 1...7, using: &random) where last < text.count { last = Lines.end(text, last) }
            return limited(start..<last)
        }
        let length = Int(exp(random.uniform() * log(160)))
        let first = min(offset, text.count - 1)
        // A span does not cut a character apart.
        var (low, high) = (first, min(first + max(1, length), text.count))
        while low > 0, text[low] & 0xC0 == 0x80 { low -= 1 }
        while high < text.count, text[high] & 0xC0 == 0x80 { high += 1 }
        return limited(low..<high)
    }

    /// A hole longer than some hundred bytes would fill the row.
    private func limited(_ range: Range<Int>) -> Range<Int>? {
        range.isEmpty || range.count > options.length * 3 / 2 ? nil : range
    }

    /// About `tokens` tokens around the hole, in whole lines: two thirds before, one third behind. Half of the contexts
    /// are a single function, as in an editor's small file or an evaluation task.
    private func context(
        _ text: [UInt8],
        around middle: Range<Int>,
        tokens: Double,
        _ random: inout SplitMix64
    ) -> (prefix: Range<Int>, suffix: Range<Int>) {
        let bytesPerToken = 3.0
        let shape = random.uniform()
        let before = shape < 0.03 ? 0 : Int(tokens * bytesPerToken * 2 / 3)
        let behind = shape > 0.9 ? 0 : Int(tokens * bytesPerToken / 3)
        var first = middle.lowerBound
        var last = middle.upperBound
        let oneFunction = random.uniform() < 0.5
        // Backwards, line by line.
        var at = Lines.start(text, middle.lowerBound)
        let indentation = Lines.indentation(text, at)
        if middle.lowerBound - at <= before { first = at }
        while at > 0 {
            let line = Lines.start(text, at - 1)
            guard middle.lowerBound - line <= before else { break }
            at = line
            first = line
            if oneFunction, Lines.opensDefinition(text, line), Lines.indentation(text, line) < max(indentation, 1) {
                break
            }
        }
        let base = Lines.indentation(text, first)
        // Forwards, line by line; a function ends where a line is indented no deeper than its head.
        at = middle.upperBound
        while at < text.count {
            let line = Lines.end(text, at)
            guard line - middle.upperBound <= behind else { break }
            let startsLine = at == 0 || text[at - 1] == UInt8(ascii: "\n")
            if oneFunction, startsLine, !Lines.isBlank(text, at), Lines.indentation(text, at) <= base,
                first < middle.lowerBound
            {
                break
            }
            at = line
            last = line
        }
        return (first..<middle.lowerBound, middle.upperBound..<last)
    }
}
