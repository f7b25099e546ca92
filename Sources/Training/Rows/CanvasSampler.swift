import Common
import Foundation

/// How canvases are cut and made noisy (algorithms.md G2).
package struct CanvasOptions: Codable, Sendable, Hashable {
    /// Canvas length → share; empty for no canvases.
    package var lengths: [Int: Double] = [:]
    /// Canvas tokens per clean token.
    package var share = 0.0
    /// Upper end of uniform noise levels during warm-up; nil for the bell.
    package var noiseCeiling: Double?
    /// Shares of noise patterns.
    package var exactCount = 0.5
    package var positionDependent = 0.15
    package var allMasked = 0.15
    package var contiguous = 0.10
    /// The rest has few or no masks: practice in editing.
    package var corrupted = 0.5
    package var largestReplacement = 0.2
    /// Noise draws of each fill-in-the-middle span.
    package var drawsPerMiddle = 2

    package init() {}
}

/// Cuts canvases from a row and adds noise.
struct CanvasSampler {
    let options: CanvasOptions
    let vocabulary: RowVocabulary
    var random: SplitMix64
    private var drawn = 0
    private let offset: Double
    private let lengths: [(length: Int, share: Double)]

    init(options: CanvasOptions, vocabulary: RowVocabulary, random: SplitMix64) {
        self.options = options
        self.vocabulary = vocabulary
        self.random = random
        offset = self.random.uniform()
        lengths = options.lengths.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Canvases one after the other over `range`, from its start on, until it is covered or `budget` is used up.
    mutating func tile(_ row: TrainingRow, _ range: Range<Int>, budget: inout Int) -> [TrainingCanvas] {
        var result: [TrainingCanvas] = []
        var at = range.lowerBound
        while at < range.upperBound, budget > 0 {
            let length = drawLength()
            result.append(canvas(row, start: at, length: length, end: range.upperBound))
            at += length
            budget -= length
        }
        return result
    }

    private mutating func drawLength() -> Int {
        let total = lengths.reduce(0) { $0 + $1.share }
        var u = random.uniform() * total
        for (length, share) in lengths {
            if u < share { return length }
            u -= share
        }
        return lengths[lengths.count - 1].length
    }

    /// One canvas; positions at or behind `end` are padding, of which only the first is learned.
    private mutating func canvas(_ row: TrainingRow, start: Int, length: Int, end: Int) -> TrainingCanvas {
        let real = min(length, end - start)
        var targets = Array(row.tokens[start..<start + real])
        targets += Array(repeating: vocabulary.pad, count: length - real)
        let masked = pattern(length: length)
        var canvas = TrainingCanvas(
            segmentStart: row.segmentStart[start],
            start: start,
            tokens: targets,
            targets: targets,
            roles: Array(repeating: .visible, count: length)
        )
        let replaceRate = random.uniform() < options.corrupted ? random.uniform() * options.largestReplacement : 0
        for i in 0..<length {
            // What lies behind the end is never decided while decoding: it is a mask whenever it is seen.
            if masked[i] || i >= real {
                canvas.tokens[i] = vocabulary.mask
                canvas.roles[i] = i > real ? .ignored : .masked
            } else if random.uniform() < replaceRate {
                canvas.tokens[i] = vocabulary.replacement(for: targets[i], using: &random)
                canvas.roles[i] = .replaced
            }
        }
        return canvas
    }

    /// Which positions are masked.
    private mutating func pattern(length: Int) -> [Bool] {
        let u = NoiseSchedule.lowDiscrepancy(drawn, offset: offset)
        drawn += 1
        let t = options.noiseCeiling.map { $0 * u } ?? NoiseSchedule.bell(u)
        let count = NoiseSchedule.maskCount(t, length: length)
        if options.noiseCeiling != nil { return choose(count, of: length) { _, _ in 0 } }
        var pick = random.uniform()
        if pick < options.exactCount { return choose(count, of: length) { _, _ in 0 } }
        pick -= options.exactCount
        if pick < options.positionDependent {
            // At low noise the masks sit late, as left-to-right decoding leaves them (algorithms.md A8, half-life 0.25).
            let lambda = log(2) / (0.25 * Double(length))
            return choose(count, of: length) { i, t in lambda * (1 - t) * Double(i) }
        }
        pick -= options.positionDependent
        if pick < options.allMasked { return Array(repeating: true, count: length) }
        pick -= options.allMasked
        if pick < options.contiguous {
            let size = max(1, min(length, Int((-log(1 - random.uniform()) * Double(length) / 3).rounded(.up))))
            let first = Int.random(in: 0...(length - size), using: &random)
            return (0..<length).map { $0 >= first && $0 < first + size }
        }
        let few = Int((0.1 * random.uniform() * Double(length)).rounded())
        return choose(few, of: length) { _, _ in 0 }
    }

    /// Exactly `count` positions, by the largest of log weight + Gumbel noise.
    private mutating func choose(_ count: Int, of length: Int, weight: (Int, Double) -> Double) -> [Bool] {
        let t = Double(count) / Double(length)
        let scores = (0..<length).map { weight($0, t) - log(-log(max(random.uniform(), 1e-300))) }
        let order = (0..<length).sorted { scores[$0] > scores[$1] }
        var masked = [Bool](repeating: false, count: length)
        for i in order.prefix(count) { masked[i] = true }
        return masked
    }
}
