import Common

/// Cuts canvases from a row and adds noise.
struct CanvasSampler {
    /// Tokens that canvases may be cut from.
    struct Span {
        enum Kind {
            /// What is filled in, with the marker that ends it.
            case middle
            /// The same, written by the network itself.
            case ownMiddle
            /// A document's text to its end.
            case complete
            /// Text that goes on behind the row: nothing is known of what comes then.
            case cut
        }
        let range: Range<Int>
        let kind: Kind
    }

    /// Where a canvas lies: `length` positions from `start`, of which those before `end` are tokens of the row.
    private struct Placement {
        let start: Int
        let length: Int
        let end: Int
    }

    let options: CanvasOptions
    let vocabulary: RowVocabulary
    var random: SplitMix64
    private let phase: Double
    private let lengths: [(length: Int, share: Double)]

    /// - Parameter phase: where in its stratum each noise level lies, in [0, 1).
    init(options: CanvasOptions, vocabulary: RowVocabulary, random: SplitMix64, phase: Double) {
        self.options = options
        self.vocabulary = vocabulary
        self.random = random
        self.phase = phase
        lengths = options.lengths.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }.filter { $0.1 > 0 }
    }

    /// Canvases with together `share` times the row's tokens, at most one canvas more; sorted by start.
    mutating func canvases(of row: TrainingRow, _ spans: [Span]) -> [TrainingCanvas] {
        guard !lengths.isEmpty, options.share > 0 else { return [] }
        var budget = Int(options.share * Double(row.tokens.count))
        let own = ranges(of: .ownMiddle, spans)
        let middles = options.ownFirst && !own.isEmpty ? own : own + ranges(of: .middle, spans)
        let plains = spans.filter { ($0.kind == .complete || $0.kind == .cut) && !$0.range.isEmpty }
        var placements: [Placement] = []
        if !middles.isEmpty {
            let kept = plains.isEmpty ? 0 : Int(Double(budget) * options.plainShare)
            var part = budget - kept
            budget -= part
            place(middles, budget: &part, &placements)
            budget += part
        }
        place(plains, budget: &budget, &placements)
        placements.sort { $0.start < $1.start }
        // Every noise level goes to a random canvas.
        let levels = Array(placements.indices).shuffled(using: &random)
        return zip(placements, levels).map { placement, n in
            canvas(row, placement, level: NoiseSchedule.level(n, of: placements.count, phase: phase))
        }
    }

    private func ranges(of kind: Span.Kind, _ spans: [Span]) -> [Range<Int>] {
        spans.filter { $0.kind == kind && !$0.range.isEmpty }.map(\.range)
    }

    /// Canvases one after the other from the first token of each middle to its end, then again with other noise, until
    /// the budget is used up: decoding starts at the first token, so most runs do; some start elsewhere.
    private mutating func place(_ middles: [Range<Int>], budget: inout Int, _ placements: inout [Placement]) {
        for _ in 0..<options.drawsPerMiddle {
            // A long middle must not take what the others need.
            let most = max(32, budget / middles.count)
            for middle in middles.shuffled(using: &random) where budget > 0 {
                var part = min(most, budget)
                budget -= part
                let fromFirst = random.uniform() < options.fromFirstToken
                var at = fromFirst ? middle.lowerBound : Int.random(in: middle, using: &random)
                while at < middle.upperBound, part > 0 {
                    let length = drawLength()
                    placements.append(Placement(start: at, length: length, end: middle.upperBound))
                    at += length
                    part -= length
                }
                budget += part
            }
        }
    }

    /// One run of canvases at a random place of each plain span; only a document's end may have padding behind it.
    private mutating func place(_ plains: [Span], budget: inout Int, _ placements: inout [Placement]) {
        var rest = plains.reduce(0) { $0 + $1.range.count }
        for plain in plains where budget > 0 {
            var part = min(budget, Int((Double(budget) * Double(plain.range.count) / Double(rest)).rounded(.up)))
            rest -= plain.range.count
            budget -= part
            let slack = max(0, plain.range.count - part)
            var at = plain.range.lowerBound + (slack > 0 ? Int.random(in: 0...slack, using: &random) : 0)
            while at < plain.range.upperBound, part > 0 {
                var length = drawLength()
                let room = plain.range.upperBound - at
                if plain.kind == .cut, length > room {
                    guard let fitting = lengths.last(where: { $0.length <= room }) else { break }
                    length = fitting.length
                }
                placements.append(Placement(start: at, length: length, end: plain.range.upperBound))
                at += length
                part -= length
            }
            budget += part
        }
    }

    private mutating func drawLength() -> Int {
        var u = random.uniform() * lengths.reduce(0) { $0 + $1.share }
        for (length, share) in lengths {
            if u < share { return length }
            u -= share
        }
        return lengths[lengths.count - 1].length
    }

    /// One canvas; positions behind its text are padding, of which only the first is learned.
    private mutating func canvas(_ row: TrainingRow, _ placement: Placement, level: Double) -> TrainingCanvas {
        let real = min(placement.length, placement.end - placement.start)
        var targets = Array(row.tokens[placement.start..<placement.start + real])
        targets += Array(repeating: vocabulary.pad, count: placement.length - real)
        let noise = drawNoise(length: real, level: level)
        var canvas = TrainingCanvas(
            segmentStart: row.segmentStart[placement.start],
            start: placement.start,
            tokens: targets,
            targets: targets,
            roles: Array(repeating: .visible, count: placement.length)
        )
        for i in 0..<placement.length {
            // What lies behind the end is not decided while decoding: it is a mask whenever it is seen.
            if i >= real || noise.masked[i] {
                canvas.tokens[i] = vocabulary.mask
                canvas.roles[i] = i > real ? .ignored : .masked
            } else if random.uniform() < noise.replaced {
                canvas.tokens[i] = vocabulary.replacement(for: targets[i], using: &random)
                canvas.roles[i] = .replaced
            }
        }
        return canvas
    }
}
