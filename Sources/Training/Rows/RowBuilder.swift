package import Common

/// Builds rows of training. Row `index` is a pure function of (seed, options, corpus, index) and, where middles are the
/// network's own, of its weights: a run resumes at any row, and threads build rows in any order, without stored state.
package struct RowBuilder: Sendable {
    let options: RowOptions
    let source: RowSource
    let vocabulary: RowVocabulary
    private let seed: UInt64
    private let places: PlaceTable
    private let layout: RowLayout

    /// - Throws: if the corpus holds no byte or the options make no row.
    package init(options: RowOptions, source: RowSource, vocabulary: RowVocabulary, seed: UInt64) throws {
        guard options.length >= RowLayout.leastTokens else {
            throw CinnabarError(
                .invalidArgument,
                "rows of \(options.length) tokens are too short",
                hint: "use at least \(RowLayout.leastTokens)"
            )
        }
        guard options.canvases.lengths.allSatisfy({ $0.key >= 1 && $0.value >= 0 && $0.value.isFinite }) else {
            throw CinnabarError(.invalidArgument, "canvas lengths must be at least 1 and their shares at least 0")
        }
        self.options = options
        self.source = source
        self.vocabulary = vocabulary
        self.seed = seed
        layout = RowLayout(length: options.length, segmentTokens: options.segmentTokens, seed: seed)
        // One place for each stretch that a segment of mean size shows, so that all bytes are seen equally often.
        let bytes = Double(options.length / layout.mean) * vocabulary.bytesPerToken
        guard let places = PlaceTable(source, bytesPerPlace: max(1, Int(bytes)), seed: seed) else {
            throw CinnabarError(.malformed, "the corpus is empty", hint: "prepare it again")
        }
        self.places = places
    }

    /// Rows in which each place of the corpus is visited once, as the first of its row's share.
    package var rowsPerEpoch: Int { max(1, places.count / layout.mean) }

    /// Row number `index`: packed documents of together at most `options.length` tokens, and canvases.
    ///
    /// Cost: dominated by encoding about 1.3 times the row's text, and by the completions.
    ///
    /// - Parameter complete: writes the network's own middles, for the share of examples that ``RowOptions/ownMiddles``
    ///   names; the row is a pure function of it too.
    package func row(_ index: UInt64, complete: Completion? = nil) -> TrainingRow {
        var random = SplitMix64.stream(seed: seed, 1, index)
        var row = TrainingRow()
        var spans: [CanvasSampler.Span] = []
        let (first, count) = layout.places(ofRow: index)
        let shares = RowLayout.proportions(count, &random)
        var limit = options.length
        if random.uniform() < options.shorter {
            limit = max(RowLayout.leastTokens, Int(Double(limit) * (0.25 + 0.75 * random.uniform())))
        }
        // The row's own places first, then others until it is full: short documents leave room.
        for segment in 0..<count + 12 {
            let room = limit - row.tokens.count
            guard room >= RowLayout.leastTokens else { break }
            let place: Int
            var size = room
            if segment < count {
                place = places[first &+ UInt64(segment)]
                let rest = shares[segment...].reduce(0, +)
                size = max(RowLayout.leastTokens, Int((Double(room) * shares[segment] / rest).rounded()))
            } else {
                place = Int.random(in: 0..<places.count, using: &random)
            }
            let next = self.segment(at: place, tokens: min(size, room), complete, &random)
            append(next, to: &row, &spans)
        }
        var sampler = CanvasSampler(
            options: options.canvases,
            vocabulary: vocabulary,
            random: SplitMix64(seed: random.next()),
            phase: NoiseSchedule.lowDiscrepancy(Int(truncatingIfNeeded: index), offset: Double(seed & 0xFFFF) / 65536)
        )
        row.canvases = sampler.canvases(of: row, spans)
        return row
    }

    /// The network's own text behind a prompt, its end marker included; nil if it does not end within `most` tokens.
    package typealias Completion = @Sendable (_ prompt: [TokenID], _ most: Int) -> [TokenID]?

    /// A part of a row with attention and positions of its own.
    struct Segment {
        var tokens: [TokenID]
        /// Tokens that canvases may be cut from.
        var span: Range<Int>
        var kind: CanvasSampler.Span.Kind
        /// Tokens of little use to predict.
        var suffix: Range<Int> = 0..<0
        /// Tokens that the network wrote itself: the causal stream learns nothing from them.
        var own: Range<Int> = 0..<0
    }

    private func append(_ segment: Segment?, to row: inout TrainingRow, _ spans: inout [CanvasSampler.Span]) {
        guard let segment, segment.tokens.count > 1 else { return }
        let start = row.tokens.count
        row.tokens += segment.tokens
        row.segmentStart += Array(repeating: start, count: segment.tokens.count)
        row.nextTokenWeight += segment.tokens.indices.map { index in
            if index + 1 == segment.tokens.count || segment.own.contains(index + 1) { return 0 }
            return segment.suffix.contains(index + 1) ? options.suffixWeight : 1
        }
        spans.append(
            .init(range: start + segment.span.lowerBound..<start + segment.span.upperBound, kind: segment.kind)
        )
    }

    /// A segment of at most `tokens` tokens around a place; nil if its document is empty.
    private func segment(
        at place: Int,
        tokens: Int,
        _ complete: Completion?,
        _ random: inout SplitMix64
    ) -> Segment? {
        let (index, part, parts) = places.locate(place)
        let document = source.document(index)
        guard !document.isEmpty else { return nil }
        // In floating point: the product of two long lengths may not fit an integer.
        let width = Double(document.count) / Double(parts)
        let offset = min(document.count - 1, Int((Double(part) + random.uniform()) * width))
        let reach = Int(Double(tokens) * vocabulary.bytesPerToken * 2)
        let passage = Passage(document, around: offset, reach: max(2048, reach))
        if random.uniform() < options.fillInTheMiddle,
            let example = fillInTheMiddle(passage, near: offset, tokens: tokens, complete, &random)
        {
            return example
        }
        return plain(passage, from: offset, tokens: tokens, &random)
    }
}
