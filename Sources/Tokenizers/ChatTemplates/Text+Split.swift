/// Taking strings apart and mending them, as Python's `str` does.
extension Text {
    enum Sides { case left, right, both }

    /// Without the given code points, white space if nil, at its ends.
    func stripped(_ sides: Sides = .both, of signs: Text? = nil) -> Text {
        let set = signs.map(Set.init)
        func goes(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? scalar.isPythonSpace }
        var (start, end) = (0, count)
        if sides != .right { while start < end, goes(self[start]) { start += 1 } }
        if sides != .left { while end > start, goes(self[end - 1]) { end -= 1 } }
        return Text(self[start..<end])
    }

    /// The pieces between separators, of which at most `limit` count, from the left.
    func split(at separator: Text, limit: Int = .max) -> [Text] {
        var pieces: [Text] = []
        var start = 0
        for place in places(of: separator, limit: limit) {
            pieces.append(Text(self[start..<place]))
            start = place + separator.count
        }
        return pieces + [Text(self[start...])]
    }

    /// The words between runs of white space; behind `limit` of them, the rest as it is.
    func words(limit: Int = .max) -> [Text] {
        var words: [Text] = []
        var index = 0
        while true {
            while index < count, self[index].isPythonSpace { index += 1 }
            guard index < count else { return words }
            guard words.count < limit else { return words + [Text(self[index...])] }
            let start = index
            while index < count, !self[index].isPythonSpace { index += 1 }
            words.append(Text(self[start..<index]))
        }
    }

    /// The mirror image of a way to split: from the right.
    func mirrored(_ split: (Text) -> [Text]) -> [Text] {
        split(reversed()).reversed().map { $0.reversed() }
    }

    private static let lineEnds: Set<Unicode.Scalar> = [
        "\n", "\r", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}", "\u{2029}",
    ]

    func lines(keepingEnds: Bool = false) -> [Text] {
        var lines: [Text] = []
        var start = 0
        while start < count {
            let end = self[start...].firstIndex { Self.lineEnds.contains($0) } ?? count
            var next = Swift.min(end + 1, count)
            if end + 1 < count, self[end] == "\r", self[end + 1] == "\n" { next += 1 }
            lines.append(Text(self[start..<(keepingEnds ? next : end)]))
            start = next
        }
        return lines
    }

    /// With the first `limit` places of `old` replaced.
    func replacing(_ old: Text, with new: Text, limit: Int = .max) -> Text {
        new.joining(old.isEmpty ? singles(limit: limit) : split(at: old, limit: limit))
    }

    /// Cut before the first `limit` code points, or before all and at the end, as an empty separator does.
    private func singles(limit: Int) -> [Text] {
        guard limit > 0 else { return [self] }
        let cuts = Swift.min(limit - 1, count)
        return [[]] + self[..<cuts].map { [$0] } + [Text(self[cuts...])]
    }
}
