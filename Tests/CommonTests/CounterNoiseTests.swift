import Common
import Foundation
import Testing

@Suite struct CounterNoiseTests {
    private static let count = 200_000

    private func uniforms(seed: UInt64) -> [Double] {
        (0..<Self.count).map { CounterNoise.uniform(seed: seed, position: $0 / 1000, token: $0 % 1000) }
    }

    @Test(arguments: [0, 1, 0xDEAD_BEEF, UInt64.max]) func uniformsHaveTheUniformDistribution(seed: UInt64) {
        let sorted = uniforms(seed: seed).sorted()
        #expect(sorted[0] > 0 && sorted[Self.count - 1] < 1)
        // Kolmogorov and Smirnov: sqrt(n) D exceeds 2.2 with probability 1.2e-4; the seeds are fixed.
        let n = Double(Self.count)
        let distance =
            sorted.enumerated().map { max(abs($1 - Double($0) / n), abs($1 - Double($0 + 1) / n)) }.max() ?? 1
        #expect(distance * n.squareRoot() < 2.2)
    }

    @Test(arguments: [3, 4]) func gumbelsHaveTheRightMeanAndVariance(seed: UInt64) {
        let values = (0..<Self.count).map { CounterNoise.gumbel(seed: seed, position: $0 % 400, token: $0 / 400) }
        let n = Double(Self.count)
        let mean = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        // Five standard errors: sqrt(variance / n), and sqrt((kurtosis - 1) / n) * variance with kurtosis 5.4.
        #expect(abs(mean - 0.577_215_664_901_532_9) < 5 * (Double.pi * Double.pi / 6 / n).squareRoot())
        #expect(abs(variance - Double.pi * Double.pi / 6) < 5 * (4.4 / n).squareRoot() * 1.645)
    }

    /// The pair (seed, position, token) maps to bits; here the bits are known, so the value can be worked out exactly.
    @Test func bothTailsAreExact() {
        // With v = (k + 1/2) / 2^64: small u = v gives -log(-log v); u = 1 - v gives -log(v + v²/2 + …).
        for bits in [0, 1, 2, 1000, 1 << 20, 1 << 34] as [UInt64] {
            let v = (Double(bits) + 0.5) * 0x1p-64
            let low = -log(-log(v))
            let high = -(log(v) + v / 2)
            #expect(abs(CounterNoise.gumbel(bits) - low) <= 1e-15 * abs(low))
            #expect(abs(CounterNoise.gumbel(~bits) - high) <= 1e-14 * abs(high))
            #expect(CounterNoise.uniform(bits) > 0 && CounterNoise.uniform(~bits) < 1)
        }
        #expect(CounterNoise.gumbel(UInt64.max) > 45)
        // No seam in the middle, where the two formulas meet.
        let seam = CounterNoise.gumbel(1 << 63) - CounterNoise.gumbel((1 << 63) - 1)
        #expect(abs(seam) < 1e-15)
    }

    /// 32 million draws: about 1,523 are above 10 and 28 above 14.
    @Test func rareValuesOccurAsOftenAsTheyShould() {
        var row = [Double](repeating: 0, count: 1 << 20)
        var above10 = 0
        var above14 = 0
        for position in 0..<32 {
            row.withUnsafeMutableBufferPointer { row in
                row.update(repeating: 0)
                CounterNoise.addGumbel(to: row, scale: 1, seed: 5, position: position)
            }
            above10 += row.count { $0 > 10 }
            above14 += row.count { $0 > 14 }
        }
        let draws = Double(32 << 20)
        for (count, mark) in [(above10, 10.0), (above14, 14.0)] {
            let expected = draws * -expm1(-exp(-mark))
            #expect(
                abs(Double(count) - expected) < 5 * expected.squareRoot(),
                "above \(mark): \(count), expected \(expected)"
            )
        }
    }

    /// A token of probability 1e-9 wins exactly when its noise beats the rest by 20.7, beyond float32's reach.
    /// The event is a set of bit patterns; its share of all 2^64 is found by bisection and must be 1e-9.
    @Test func anEventOfProbabilityOneInABillionHasThatProbability() {
        // The rest's best noise is Gumbel too; take it at its median, then the event has probability p below.
        let rest = -log(log(2.0))
        let mark = log(1e9) + rest
        var (low, high) = (UInt64(0), UInt64.max)
        while low < high {
            let middle = low + (high - low) / 2
            if CounterNoise.gumbel(middle) > mark { high = middle } else { low = middle + 1 }
        }
        let share = (Double(UInt64.max - low) + 1) * 0x1p-64
        let expected = -expm1(-exp(-mark))
        #expect(abs(share / expected - 1) < 1e-5, "\(share), expected \(expected)")
        #expect(expected < 1e-9)
    }

    @Test func gumbelArgmaxDrawsFromTheSoftmax() {
        let probabilities = [0.5, 0.3, 0.15, 0.04, 0.009, 0.001]
        var counts = [Double](repeating: 0, count: probabilities.count)
        let draws = 200_000
        for position in 0..<draws {
            var row = probabilities.map { log($0) }
            row.withUnsafeMutableBufferPointer {
                CounterNoise.addGumbel(to: $0, scale: 1, seed: 6, position: position)
            }
            counts[row.indices.max { row[$0] < row[$1] } ?? 0] += 1
        }
        // Chi-squared with 5 degrees of freedom exceeds 25.7 with probability 1e-4; the seed is fixed.
        let statistic = zip(counts, probabilities).reduce(0) { sum, pair in
            let expected = pair.1 * Double(draws)
            return sum + (pair.0 - expected) * (pair.0 - expected) / expected
        }
        #expect(statistic < 25.7)
    }

    /// The short cut of `argmax` against the whole row of noise.
    @Test func argmaxEqualsTheFullRow() {
        var random = SplitMix64(seed: 12)
        for position in 0..<3000 {
            let spread = Float(pow(10, random.normal()))
            var logits = (0..<Int.random(in: 1...300, using: &random)).map { _ in spread * Float(random.normal()) }
            for _ in 0..<3 { logits[Int.random(in: logits.indices, using: &random)] = -.infinity }
            let temperature = [0, 0.3, 1, 1.7][position % 4]
            var row = logits.map { Double($0) / (temperature == 0 ? 1 : temperature) }
            row.withUnsafeMutableBufferPointer {
                CounterNoise.addGumbel(to: $0, scale: temperature == 0 ? 0 : 1, seed: 13, position: position)
            }
            var expected: Int?
            for token in row.indices where row[token] > (expected.map { row[$0] } ?? -.infinity) { expected = token }
            let choice = logits.withUnsafeBufferPointer {
                CounterNoise.argmax($0, temperature: temperature, seed: 13, position: position)
            }
            #expect(choice == expected, "position \(position)")
        }
        let none: [Float] = [-.infinity, .nan]
        for logits in [none, []] {
            let choice = logits.withUnsafeBufferPointer {
                CounterNoise.argmax($0, temperature: 1, seed: 1, position: 1)
            }
            #expect(choice == nil)
        }
    }

    /// Correlation of n independent pairs is about 1/sqrt(n).
    @Test(arguments: [(1, 0), (0, 1), (1, 1), (1, -1), (0, 64), (64, 0), (1000, 0)])
    func neighboursAreIndependent(positions: Int, tokens: Int) {
        var sum = 0.0
        for position in 0..<400 {
            for token in 0..<500 {
                let a = CounterNoise.uniform(seed: 7, position: position, token: token) - 0.5
                let b = CounterNoise.uniform(seed: 7, position: position + positions, token: token + tokens) - 0.5
                sum += a * b * 12
            }
        }
        #expect(abs(sum / 200_000) < 5 / 200_000.0.squareRoot())
        var seeds = 0.0
        for seed in 0..<200_000 as Range<UInt64> {
            let a = CounterNoise.uniform(seed: seed, position: positions, token: abs(tokens)) - 0.5
            let b = CounterNoise.uniform(seed: seed + 1, position: positions, token: abs(tokens)) - 0.5
            seeds += a * b * 12
        }
        #expect(abs(seeds / 200_000) < 5 / 200_000.0.squareRoot())
    }

    @Test func aRowEqualsItsSingleValuesAndNeverChanges() {
        var row = [Double](repeating: 1, count: 100)
        row.withUnsafeMutableBufferPointer { CounterNoise.addGumbel(to: $0, scale: 0.5, seed: 8, position: 9) }
        for token in row.indices {
            #expect(row[token] == 1 + 0.5 * CounterNoise.gumbel(seed: 8, position: 9, token: token))
        }
        // Stored text depends on these bits.
        #expect(CounterNoise.bits(seed: 0, position: 0, token: 0) == pinned)
    }

    private var pinned: UInt64 {
        let golden: UInt64 = 0x9E37_79B9_7F4A_7C15
        return SplitMix64.mix(SplitMix64.mix(SplitMix64.mix(golden) &+ golden) &+ golden)
    }
}
