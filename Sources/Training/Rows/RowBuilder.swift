import Common

/// Shares of layouts in a row.
package struct RowOptions: Codable, Sendable, Hashable {
    package var length = 512
    /// Share of segments that are fill-in-the-middle examples.
    package var fillInTheMiddle = 0.6
    package var canvases = CanvasOptions()

    package init() {}
}

/// The documents that rows are cut from.
package struct RowSource: Sendable {
    package let documents: Int
    package let length: @Sendable (Int) -> Int
    package let document: @Sendable (Int) -> [UInt8]

    package init(
        documents: Int,
        length: @escaping @Sendable (Int) -> Int,
        document: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.documents = documents
        self.length = length
        self.document = document
    }
}

/// Builds rows of training. Row `index` is a pure function of (seed, options, index), so that a run resumes at any row
/// without stored state.
package struct RowBuilder: Sendable {
    let options: RowOptions
    let source: RowSource
    let vocabulary: RowVocabulary
    let seed: UInt64
    /// End of each document in the concatenation of all.
    private let ends: [Int]
    /// Places that segments start from: the concatenation cut into equal parts, visited in a new random order each epoch.
    private let places: Permutation
    private let placeBytes: Int

    /// Most segments of a row.
    static let segments = 8

    package init(options: RowOptions, source: RowSource, vocabulary: RowVocabulary, seed: UInt64) throws {
        self.options = options
        self.source = source
        self.vocabulary = vocabulary
        self.seed = seed
        var total = 0
        ends = (0..<source.documents).map { index in
            total += source.length(index)
            return total
        }
        guard total > 0 else {
            throw CinnabarError(.malformed, "the corpus is empty", hint: "prepare it again")
        }
        placeBytes = max(1, options.length * 3 / RowBuilder.segments)
        places = Permutation(count: max(1, total / placeBytes), seed: seed)
    }

    /// Row number `index`: packed documents of together at most `options.length` tokens, and canvases.
    package func row(_ index: UInt64) -> TrainingRow {
        var random = SplitMix64.stream(seed: seed, 1, index)
        var row = TrainingRow()
        var middles: [Range<Int>] = []
        var plains: [Range<Int>] = []
        for segment in 0..<RowBuilder.segments {
            let room = options.length - row.tokens.count
            guard room >= 48 else { break }
            let place = index &* UInt64(RowBuilder.segments) &+ UInt64(segment)
            let (document, offset) = locate(place, &random)
            let start = row.tokens.count
            if random.uniform() < options.fillInTheMiddle,
                let example = fillInTheMiddle(document, near: offset, room: room, &random)
            {
                row.tokens += example.tokens
                middles.append(start + example.middle.lowerBound..<start + example.middle.upperBound)
            } else {
                row.tokens += plain(document, from: offset, room: room, &random)
                if row.tokens.count > start + 1 { plains.append(start + 1..<row.tokens.count) }
            }
            row.segmentStart += Array(repeating: start, count: row.tokens.count - start)
        }
        addCanvases(to: &row, middles, plains, random)
        return row
    }

    private func addCanvases(
        to row: inout TrainingRow,
        _ middles: [Range<Int>],
        _ plains: [Range<Int>],
        _ random: SplitMix64
    ) {
        guard !options.canvases.lengths.isEmpty, options.canvases.share > 0 else { return }
        var random = random
        var sampler = CanvasSampler(
            options: options.canvases,
            vocabulary: vocabulary,
            random: SplitMix64(seed: random.next())
        )
        var budget = Int(options.canvases.share * Double(row.tokens.count))
        // Decoding starts a canvas at the first token of a middle, so most training canvases do too.
        for middle in middles {
            for _ in 0..<options.canvases.drawsPerMiddle {
                let skip = random.uniform() < 0.7 ? 0 : Int.random(in: 0..<middle.count, using: &random)
                row.canvases += sampler.tile(row, middle.lowerBound + skip..<middle.upperBound, budget: &budget)
            }
        }
        // The rest of the budget goes to plain text, in one run at a random place of each segment in turn.
        let room = plains.reduce(0) { $0 + $1.count }
        for plain in plains where budget > 0 {
            var part = min(budget, Int((Double(budget) * Double(plain.count) / Double(room)).rounded(.up)))
            budget -= part
            let slack = max(0, plain.count - part)
            let first = plain.lowerBound + (slack > 0 ? Int.random(in: 0...slack, using: &random) : 0)
            row.canvases += sampler.tile(row, first..<plain.upperBound, budget: &part)
        }
        row.canvases.sort { $0.start < $1.start }
    }

    /// The document and the offset in it of place number `index` of the endless sequence of epochs.
    private func locate(_ index: UInt64, _ random: inout SplitMix64) -> (document: [UInt8], offset: Int) {
        let epoch = index / UInt64(places.count)
        let place = places[Int(index % UInt64(places.count)), epoch]
        let total = ends[ends.count - 1]
        let byte = min(place * placeBytes + Int.random(in: 0..<placeBytes, using: &random), total - 1)
        var (low, high) = (0, ends.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if byte < ends[middle] { high = middle } else { low = middle + 1 }
        }
        return (source.document(low), byte - (low == 0 ? 0 : ends[low - 1]))
    }

    /// `<bos> text`, with `<eos>` if the document ends inside.
    private func plain(_ document: [UInt8], from offset: Int, room: Int, _ random: inout SplitMix64) -> [TokenID] {
        // A third of the windows begin where the document begins.
        let start = random.uniform() < 0.33 ? 0 : Lines.start(document, offset)
        let wanted = min(room, Int.random(in: 96...max(96, options.length), using: &random))
        let end = min(document.count, start + wanted * 6)
        var tokens = [vocabulary.bos] + vocabulary.encode(document[start..<end])
        if end == document.count { tokens.append(vocabulary.eos) }
        return Array(tokens.prefix(wanted))
    }
}
