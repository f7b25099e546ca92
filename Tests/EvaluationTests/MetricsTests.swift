import Common
import Evaluation
import Foundation
import Testing

struct MetricsTests {
    /// The recursion as in the definition, with a table: no trimming, no single row.
    private func naiveDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var table = Array(repeating: Array(repeating: 0, count: b.count + 1), count: a.count + 1)
        for i in 0...a.count {
            for j in 0...b.count {
                if i == 0 || j == 0 {
                    table[i][j] = i + j
                } else {
                    let replaced = table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                    table[i][j] = min(replaced, table[i - 1][j] + 1, table[i][j - 1] + 1)
                }
            }
        }
        return table[a.count][b.count]
    }

    @Test func editDistanceEqualsTheDefinition() {
        let seed: UInt64 = 7
        var random = SplitMix64(seed: seed)
        let alphabet = Array("ab\u{301}\n\u{1F600}".unicodeScalars)
        func text() -> [Unicode.Scalar] {
            (0..<Int.random(in: 0...12, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
        }
        for round in 0..<3000 {
            let (a, b) = (text(), text())
            let (left, right) = (String(String.UnicodeScalarView(a)), String(String.UnicodeScalarView(b)))
            let expected = naiveDistance(a, b)
            #expect(EditDistance.distance(left, right) == expected, "seed \(seed), round \(round): \(a) \(b)")
            let longest = max(a.count, b.count)
            let similarity = longest == 0 ? 1 : 1 - Double(expected) / Double(longest)
            #expect(EditDistance.similarity(left, right) == similarity)
        }
        #expect(EditDistance.distance("kitten", "sitting") == 3)
    }

    /// Beyond the exact length the result is an upper bound, and still cheap.
    @Test func longTextsAreBounded() {
        let (a, b) = (String(repeating: "a", count: 200_000), String(repeating: "b", count: 100_000))
        #expect(EditDistance.distance(a, b) == 200_000)
        #expect(EditDistance.distance(a, a + b) == 100_000)
        #expect((0...1).contains(EditDistance.similarity("x" + a + "y", b + a)))
    }

    /// The ends of Wilson's interval are the p with |observed - p| = z sqrt(p (1 - p) / n).
    @Test func wilsonSolvesItsEquation() {
        let z = 1.959963984540054
        for count in [1, 2, 10, 164, 1033] {
            for successes in stride(from: 0, through: count, by: max(1, count / 7)) {
                let rate = Rate(successes: successes, count: count)
                let observed = Double(successes) / Double(count)
                for end in [rate.low, rate.high] {
                    let reach = z * (end * (1 - end) / Double(count)).squareRoot()
                    #expect(abs(abs(observed - end) - reach) < 1e-9, "\(rate)")
                }
                #expect(rate.low <= observed && observed <= rate.high)
            }
        }
        let half = Rate(successes: 5, count: 10)
        #expect(abs(half.low - 0.236593) < 1e-6 && abs(half.high - 0.763407) < 1e-6)
        #expect(Rate([true, false, true]) == Rate(successes: 2, count: 3))
        #expect(Rate([]).low == 0 && Rate([]).high == 1)
    }

    /// With ten tasks won and ten tied, resampled wins are Binomial(20, 1/2), whose 2.5% and 97.5% points are 6 and 14.
    @Test func bootstrapFindsBinomialPercentiles() throws {
        let first = (0..<20).map { $0 < 10 }
        let none = Array(repeating: false, count: 20)
        let pair = try PairedComparison("a", first, "b", none, seed: 3)
        #expect(pair.difference == 0.5)
        #expect(abs(pair.low - 0.3) < 1e-12 && abs(pair.high - 0.7) < 1e-12)
        #expect(try pair == PairedComparison("a", first, "b", none, seed: 3))
        let reversed = try PairedComparison("b", none, "a", first, seed: 3)
        #expect(abs(reversed.low + 0.7) < 1e-12 && abs(reversed.high + 0.3) < 1e-12)
    }

    @Test func comparisonCountsPairs() throws {
        let pair = try PairedComparison(
            "a",
            [true, true, false, false, true],
            "b",
            [true, false, true, false, false],
            resamples: 100
        )
        #expect(pair.counts == [1, 2, 1, 1])
        #expect(abs(pair.difference - 0.2) < 1e-12)
        // Equal modes differ by nothing in every resample.
        let same = try PairedComparison("a", [true, false], "a", [true, false])
        #expect(same.low == 0 && same.high == 0)
    }

    @Test func unpairedTasksAreAnError() async {
        #expect(await errorCode { _ = try PairedComparison("a", [true], "b", []) } == .invalidArgument)
        #expect(await errorCode { _ = try PairedComparison("a", [], "b", []) } == .invalidArgument)
        #expect(
            await errorCode { _ = try PairedComparison("a", [true], "b", [true], resamples: 0) } == .invalidArgument
        )
    }

    private func point(_ parallelism: Double, _ accuracy: Double) -> QualitySpeedPoint {
        QualitySpeedPoint(label: "", parallelism: parallelism, accuracy: accuracy)
    }

    @Test func areaEqualsHandComputedExamples() throws {
        // A single point has no width: rho y. Its weight does not count.
        #expect(AccuracyUnderParallelism.value([point(2, 70)], best: 90) == 140)
        // 80 + 1 * 80: no accuracy is lost, so nothing is weighed down.
        #expect(AccuracyUnderParallelism.value([point(1, 80), point(2, 80)]) == 160)
        // W(76) = exp(-3 * 0.05) = 0.8607079764; 80 + 80 + 2 * (65.4138062 + 80) / 2. Order does not matter.
        let area = try #require(AccuracyUnderParallelism.value([point(4, 76), point(1, 80), point(2, 80)]))
        #expect(abs(area - 305.4138062) < 1e-6)
        // 74 is more than 5 points below 80: as if it were not there. 75 counts.
        #expect(AccuracyUnderParallelism.value([point(1, 80), point(2, 80), point(9, 74)]) == 160)
        #expect(try #require(AccuracyUnderParallelism.value([point(1, 80), point(2, 75)])) > 80)
        // With best 100: W(80) = exp(-0.6) = 0.5488116361, so 80 + 1 * 80 * 0.5488116361.
        let lower = try #require(AccuracyUnderParallelism.value([point(1, 80), point(2, 80)], best: 100))
        #expect(abs(lower - 123.9049309) < 1e-6)
        // An accuracy above the best of others gets no bonus.
        #expect(AccuracyUnderParallelism.value([point(1, 80), point(2, 80)], best: 40) == 160)
    }

    @Test func areaOfNothing() {
        #expect(AccuracyUnderParallelism.value([]) == nil)
        #expect(AccuracyUnderParallelism.value([point(1, 0), point(2, 0)]) == 0)
        #expect(AccuracyUnderParallelism.value([point(.nan, 1)]) == nil)
        #expect(AccuracyUnderParallelism.value([point(1, -1)]) == nil)
    }

    @Test func bitsPerByte() throws {
        var sum = BitsPerByte()
        #expect(sum.value == nil && sum.natsPerToken == nil)
        // Uniform over 256 values, a byte a token: 8 bits per byte.
        sum.add(nats: 10 * log(256), tokens: 10, bytes: 10)
        #expect(abs(try #require(sum.value) - 8) < 1e-12)
        #expect(abs(try #require(sum.perplexity) - 256) < 1e-9)
        var other = BitsPerByte()
        other.add(nats: 0, tokens: 5, bytes: 30)
        sum.add(other)
        #expect(abs(try #require(sum.value) - 2) < 1e-12)
        #expect(sum.bytesPerToken == 40.0 / 15)
    }

    @Test func distribution() throws {
        #expect(Distribution([]) == nil)
        let values = try #require(Distribution((1...100).map(Double.init).reversed()))
        #expect(values.mean == 50.5 && values.median == 50 && values.p95 == 95 && values.count == 100)
        let one = try #require(Distribution([3]))
        #expect(one.median == 3 && one.p95 == 3)
    }
}
