import Common
import Foundation

/// A hole in a document, and the stretch that its context may be taken from.
struct Hole {
    /// Bytes to be filled in; at least one.
    let middle: Range<Int>
    /// Bytes around it, the middle included.
    let scope: Range<Int>

    /// The middle and whole lines around it of at most `bytes` bytes, divided as `prefix : suffix`; what one side does
    /// not need the other gets, unless its share is zero.
    func window(_ passage: Passage, bytes: Int, prefix: Double, suffix: Double) -> Range<Int> {
        let before = middle.lowerBound - scope.lowerBound
        let behind = scope.upperBound - middle.upperBound
        var most = (before: Int(Double(bytes) * prefix), behind: Int(Double(bytes) * suffix))
        if prefix > 0, suffix > 0 {
            most.before += max(0, most.behind - behind)
            most.behind += max(0, Int(Double(bytes) * prefix) - before)
        }
        let low = middle.lowerBound - min(before, most.before)
        let high = middle.upperBound + min(behind, most.behind)
        return start(passage, low)..<end(passage, high)
    }

    /// The first start of a line at or behind `low`; in a line that is too long any place.
    private func start(_ passage: Passage, _ low: Int) -> Int {
        if low <= scope.lowerBound || low == middle.lowerBound { return low }
        let line = passage.lines[passage.index(of: low - 1)]
        return line.end <= middle.lowerBound ? line.end : min(middle.lowerBound, passage.boundary(low))
    }

    private func end(_ passage: Passage, _ high: Int) -> Int {
        if high >= scope.upperBound || high == middle.upperBound { return high }
        let line = passage.lines[passage.index(of: high)]
        return line.start >= middle.upperBound ? line.start : max(middle.upperBound, passage.boundary(high))
    }
}

/// Chooses holes as an editor or an evaluation makes them.
struct MiddleChooser {
    let passage: Passage
    let options: MiddleOptions

    private enum Kind { case wholeLine, block, restOfLine, characters, body }

    /// A hole of at most `most` bytes near `offset`; nil if there is no line to take out or it is longer.
    func choose(near offset: Int, most: Int, _ random: inout SplitMix64) -> Hole? {
        let line = passage.index(of: offset)
        var definition: Passage.Definition?
        if random.uniform() < options.oneFunction { definition = passage.definition(near: line) }
        let candidates = self.candidates(near: line, in: definition, &random)
        guard let first = candidates.randomElement(using: &random) else { return nil }
        let block = definition?.all ?? passage.lines.indices
        for kind in [drawKind(&random), .wholeLine] {
            let middle = self.middle(kind, at: first, in: definition, block, &random)
            guard !middle.isEmpty, middle.count <= most else { continue }
            return Hole(middle: middle, scope: scope(definition, holding: middle, &random))
        }
        return nil
    }

    private func drawKind(_ random: inout SplitMix64) -> Kind {
        let shares: [(Kind, Double)] = [
            (.wholeLine, options.wholeLine), (.block, options.block), (.restOfLine, options.restOfLine),
            (.characters, options.characters), (.body, options.body),
        ]
        var u = random.uniform() * shares.reduce(0) { $0 + $1.1 }
        for (kind, share) in shares {
            u -= share
            if u < 0 { return kind }
        }
        return .wholeLine
    }

    /// Lines with content: of a function mostly its body behind the docstring, else the eight from `line` on.
    private func candidates(
        near line: Int,
        in definition: Passage.Definition?,
        _ random: inout SplitMix64
    ) -> [Int] {
        func filled(_ range: Range<Int>) -> [Int] { range.filter { !passage.lines[$0].isBlank } }
        if let definition {
            let body = filled(definition.body)
            return body.isEmpty || random.uniform() < 0.12 ? filled(definition.all) : body
        }
        let following = filled(line..<passage.lines.count).prefix(8)
        return following.isEmpty ? Array(filled(0..<line).suffix(8)) : Array(following)
    }

    private func middle(
        _ kind: Kind,
        at first: Int,
        in definition: Passage.Definition?,
        _ block: Range<Int>,
        _ random: inout SplitMix64
    ) -> Range<Int> {
        let line = passage.lines[first]
        switch kind {
        case .wholeLine: return lines(first...first, &random)
        case .block: return lines(first...lastOfBlock(first, block.upperBound, &random), &random)
        case .restOfLine:
            let cut = passage.boundary(
                Int.random(in: line.content..<max(line.content + 1, line.visibleEnd), using: &random)
            )
            return cut..<(random.uniform() < options.withNewline ? line.end : line.visibleEnd)
        case .characters:
            let length = Int(exp(random.uniform() * log(160)).rounded())
            let cut = passage.boundary(Int.random(in: line.start..<line.end, using: &random))
            let last = passage.lines[passage.lines.count - 1].end
            return cut..<max(cut, passage.boundary(min(last, cut + length)))
        case .body:
            guard let definition, first < definition.all.upperBound, !definition.body.isEmpty else {
                return lines(first...first, &random)
            }
            let whole = definition.body.first { !passage.lines[$0].isBlank } ?? first
            let start = random.uniform() < 0.6 ? whole : first
            return lines(start...definition.all.upperBound - 1, &random)
        }
    }

    /// Whole lines. Both ends are cut at either side of the blanks there, so that every junction occurs in training.
    private func lines(_ range: ClosedRange<Int>, _ random: inout SplitMix64) -> Range<Int> {
        let (first, last) = (passage.lines[range.lowerBound], passage.lines[range.upperBound])
        let start = random.uniform() < options.withIndentation ? first.start : first.content
        let end = random.uniform() < options.withNewline ? last.end : last.visibleEnd
        return start..<max(start, end)
    }

    /// Half of the blocks are what is indented deeper than their first line, half two to eight lines; none ends blank.
    private func lastOfBlock(_ first: Int, _ end: Int, _ random: inout SplitMix64) -> Int {
        let limit = min(max(end, first + 1), first + 16)
        var last = min(limit - 1, first + Int.random(in: 1...7, using: &random))
        if random.uniform() < 0.5, first + 1 < limit,
            passage.lines[first + 1].indentation > passage.lines[first].indentation
        {
            let inside = (first + 1..<limit).prefix {
                passage.lines[$0].isBlank || passage.lines[$0].indentation > passage.lines[first].indentation
            }
            last = inside.last ?? last
        }
        while last > first, passage.lines[last].isBlank { last -= 1 }
        return last
    }

    /// Where the context may reach: the function itself, some lines more on either side, or everything.
    private func scope(
        _ definition: Passage.Definition?,
        holding middle: Range<Int>,
        _ random: inout SplitMix64
    ) -> Range<Int> {
        let lines = passage.lines
        let everything = lines[0].start..<lines[lines.count - 1].end
        guard let definition else { return everything }
        var (low, high) = (lines[definition.all.lowerBound].start, lines[definition.all.upperBound - 1].end)
        // Imports and helpers stand before a function in a small file.
        if random.uniform() < 0.35 {
            low = lines[Int.random(in: 0...definition.all.lowerBound, using: &random)].start
        }
        if random.uniform() < 0.15 { high = everything.upperBound }
        return min(low, middle.lowerBound)..<max(high, middle.upperBound)
    }
}
