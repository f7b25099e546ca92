import Common

extension RowBuilder {
    /// `<bos> text`, with `<eos>` if the document ends inside the window; at most `limit` tokens.
    ///
    /// The text is encoded in one piece but for a few junctions, since a prompt and its continuation are encoded apart:
    /// a prompt that ends behind a newline is followed by an indentation of its own.
    func plain(_ passage: Passage, from offset: Int, tokens limit: Int, _ random: inout SplitMix64) -> Segment {
        let document = passage.document
        let size = Int(Double(limit) * vocabulary.bytesPerToken)
        let start = windowStart(passage, from: offset, size: size, &random)
        // A little more than needed; what is too much is cut off, unless the document ends there.
        let end = passage.boundary(min(document.count, start + size + size / 4 + 16))
        var tokens = [vocabulary.bos]
        for piece in pieces(passage, start..<end, &random) where tokens.count < limit {
            tokens += vocabulary.encode(document[piece])
        }
        let isComplete = end == document.count && tokens.count < limit
        if isComplete {
            tokens.append(vocabulary.eos)
        } else {
            tokens.removeSubrange(min(limit, tokens.count)...)
        }
        return Segment(tokens: tokens, span: 1..<tokens.count, kind: isComplete ? .complete : .cut)
    }

    /// Where the window begins: a document that fits is shown whole, of others any line, preferably the head of a
    /// definition; the beginning often enough that first lines are seen as often as others.
    private func windowStart(_ passage: Passage, from offset: Int, size: Int, _ random: inout SplitMix64) -> Int {
        let count = passage.document.count
        let atBeginning = max(0.05, 0.5 * Double(size) / Double(count + size))
        if count <= size || random.uniform() < atBeginning { return 0 }
        let line = passage.index(of: offset)
        if random.uniform() < 0.35, let definition = passage.definition(near: line) {
            let start = passage.lines[definition.all.lowerBound].start
            if abs(start - offset) < size / 2 { return start }
        }
        return offset - passage.lines[line].start < size / 2 ? passage.lines[line].start : passage.boundary(offset)
    }

    /// The window cut at a few places: behind newlines, behind indentations, anywhere.
    private func pieces(_ passage: Passage, _ window: Range<Int>, _ random: inout SplitMix64) -> [Range<Int>] {
        guard window.count > 2 else { return [window] }
        var cuts: Set<Int> = [window.lowerBound, window.upperBound]
        var rest = options.plainJunctions
        while rest > 0 {
            defer { rest -= 1 }
            guard random.uniform() < rest else { continue }
            let any = Int.random(in: window, using: &random)
            let line = passage.lines[passage.index(of: any)]
            let kind = random.uniform()
            let cut = kind < 0.6 ? line.start : kind < 0.8 ? line.content : passage.boundary(any)
            if window.contains(cut) { cuts.insert(cut) }
        }
        let sorted = cuts.sorted()
        return zip(sorted, sorted.dropFirst()).map { $0..<$1 }
    }
}
