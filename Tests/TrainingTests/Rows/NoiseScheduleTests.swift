import Common
import Foundation
import Testing
import Training

@Suite struct NoiseScheduleTests {
    static let seed = UInt64.random(in: 0..<1_000_000)

    /// The distribution function of n levels is off by less than 1 / n (algorithms.md G7.7).
    @Test func levelsCoverTheUnitInterval() {
        var random = SplitMix64(seed: Self.seed)
        for n in 1...200 {
            let phase = 0.001 + 0.998 * random.uniform()
            let levels = (0..<n).map { NoiseSchedule.level($0, of: n, phase: phase) }.sorted()
            for (i, level) in levels.enumerated() {
                let below = level - Double(i) / Double(n)
                let above = Double(i + 1) / Double(n) - level
                #expect(max(below, above) < 1 / Double(n), "seed \(Self.seed), n \(n), level \(i)")
            }
        }
    }

    @Test func runsOfTheSequenceAreSpread() {
        for first in [0, 12345, 1 << 40] {
            let points = (0..<50).map { NoiseSchedule.lowDiscrepancy(first + $0, offset: 0.3) }.sorted()
            #expect(points.allSatisfy { $0 >= 0 && $0 < 1 })
            // The largest of the gaps, of which there are three kinds (three-gap theorem), is below 2.7 mean ones.
            #expect(zip(points, points.dropFirst()).allSatisfy { $1 - $0 < 2.7 / 50 })
        }
    }

    /// u = 3 b^2 - 2 b^3 is the distribution function of Beta(2, 2).
    @Test func bellIsTheInverseOfBeta() {
        for i in 0...1000 {
            let u = Double(i) / 1000
            let b = (NoiseSchedule.bell(u) - 0.05) / 0.95
            #expect(abs(3 * b * b - 2 * b * b * b - u) < 1e-12)
        }
    }

    /// With exact counts the sorted numbers of masks lie between those of the borders of their strata.
    @Test func maskCountsAreExact() throws {
        var options = RowsSample.options(fillInTheMiddle: 0)
        options.canvases.lengths = [16: 1]
        options.canvases.corrupted = 0
        (options.canvases.exactCount, options.canvases.positionDependent) = (0.6, 0.4)
        (options.canvases.allMasked, options.canvases.contiguous) = (0, 0)
        let builder = try RowBuilder(
            options: options,
            source: RowsSample.source([Array(RowsSample.functions(400, seed: Self.seed).utf8)]),
            vocabulary: RowsSample.vocabulary(),
            seed: Self.seed
        )
        var checked = 0
        for row in (0..<80).map({ builder.row($0) }) {
            let canvases = row.canvases
            // Only rows without a document's end, where all canvases are full.
            guard canvases.allSatisfy({ $0.targets.last != RowsSample.pad }) else { continue }
            let counts = canvases.map { $0.roles.count { $0 == .masked } }.sorted()
            #expect(canvases.allSatisfy { !$0.roles.contains(.replaced) })
            for (n, count) in counts.enumerated() {
                func bound(_ u: Double) -> Int { NoiseSchedule.maskCount(NoiseSchedule.bell(u), length: 16) }
                let strata = Double(counts.count)
                #expect(
                    (bound(Double(n) / strata)...bound(Double(n + 1) / strata)).contains(count),
                    "seed \(Self.seed): \(counts)"
                )
                checked += 1
            }
        }
        #expect(checked > 200, "seed \(Self.seed): \(checked) canvases")
    }

    /// Patterns and wrong tokens occur in their shares.
    @Test func noiseFollowsItsShares() throws {
        let options = RowsSample.options(fillInTheMiddle: 0)
        let builder = try RowBuilder(
            options: options,
            source: RowsSample.source([Array(RowsSample.functions(400, seed: Self.seed).utf8)]),
            vocabulary: RowsSample.vocabulary(),
            seed: Self.seed
        )
        let canvases = (0..<400).flatMap { builder.row($0).canvases }.filter {
            $0.targets.count == 16 && $0.targets.last != RowsSample.pad
        }
        #expect(canvases.count > 500)
        func share(_ matches: (TrainingCanvas) -> Bool) -> Double {
            Double(canvases.count(where: matches)) / Double(canvases.count)
        }
        let all = share { $0.roles.allSatisfy { $0 == .masked } }
        #expect(all > 0.21 && all < 0.36, "seed \(Self.seed): \(all) all masked")
        let few = share { $0.roles.count { $0 == .masked } <= 2 }
        #expect(few > 0.08 && few < 0.25, "seed \(Self.seed): \(few) nearly without masks")
        let wrong = share { $0.roles.contains(.replaced) }
        #expect(wrong > 0.1 && wrong < 0.5, "seed \(Self.seed): \(wrong) with wrong tokens")
        let visible = canvases.reduce(0) { $0 + $1.roles.count { $0 != .masked } }
        let replaced = canvases.reduce(0) { $0 + $1.roles.count { $0 == .replaced } }
        let rate = Double(replaced) / Double(visible)
        #expect(rate > 0.03 && rate < 0.08, "seed \(Self.seed): \(rate) of the visible tokens are wrong")
    }

    @Test func warmUpStaysBelowItsCeiling() throws {
        var options = RowsSample.options(fillInTheMiddle: 0)
        options.canvases.noiseCeiling = 0.25
        let builder = try RowBuilder(
            options: options,
            source: RowsSample.source([Array(RowsSample.functions(100, seed: Self.seed).utf8)]),
            vocabulary: RowsSample.vocabulary(),
            seed: Self.seed
        )
        for canvas in (0..<60).flatMap({ builder.row($0).canvases }) where canvas.targets.last != RowsSample.pad {
            let masks = canvas.roles.count { $0 == .masked }
            #expect(masks >= 1 && Double(masks) <= max(1, (0.25 * Double(canvas.tokens.count)).rounded()))
        }
    }
}
