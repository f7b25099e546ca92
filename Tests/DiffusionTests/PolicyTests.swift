import Common
import Diffusion
import Foundation
import TestSupport
import Testing

/// Largest permitted difference of a reduction in fp32, relative to values of about one.
private let fp32Tolerance = 2e-6

@Suite("Policy on hand-made predictions")
struct PolicyTests {
    static func canvas(_ tokens: [TokenID?]) -> Canvas {
        Canvas(
            start: 100,
            cells: tokens.map { token in
                token.map { Canvas.Cell(token: $0, state: .decided) } ?? Canvas.Cell(token: 0, state: .masked)
            }
        )
    }

    static func sure(_ index: Int, _ token: TokenID, _ probability: Double = 0.99, g: Float = 1) -> Reading {
        let rest = 1 - probability
        let entropy = -probability * log(probability) - (rest > 0 ? rest * log(rest / 10) : 0)
        return Reading(index: index, token: token, probability: probability, entropy: entropy, correctness: g)
    }

    @Test("entropy bound: the largest prefix with sum H - max H <= gamma is the largest such set")
    func entropyBound() {
        var random = SplitMix64(seed: 31)
        for round in 0..<500 {
            let entropies = (0..<Int.random(in: 1...9, using: &random)).map { _ in random.uniform() }.sorted()
            let gamma = random.uniform() * 2
            let count = EntropyBound.accept(ascending: entropies, gamma: gamma)
            var largest = 0
            for subset in 1..<(1 << entropies.count) {
                let chosen = entropies.indices.filter { subset >> $0 & 1 == 1 }.map { entropies[$0] }
                // The order of the sum matters in the last bit; no random gamma lies within it.
                if chosen.reduce(0, +) - (chosen.max() ?? 0) <= gamma { largest = max(largest, chosen.count) }
            }
            #expect(count == largest, "round \(round)")
            let accepted = entropies.prefix(count)
            #expect(accepted.reduce(0, +) - (accepted.max() ?? 0) <= gamma + 1e-12)
        }
        #expect(EntropyBound.accept(ascending: [], gamma: 1) == 0)
        #expect(EntropyBound.accept(ascending: [9], gamma: 0) == 1)
    }

    @Test("below the floor exactly one mask is written: the one with the largest probability, the left one on a tie")
    func floor() {
        let options = toyOptions(.quality) { $0.gamma = 100 }
        let readings = [0.2, 0.5, 0.5, 0.3].enumerated().map { Self.sure($0, 5, $1) }
        let writes = Policy.writes(Self.canvas([nil, nil, nil, nil]), readings, isLast: false, options: options)
        #expect(writes.unmasked.map(\.index) == [1])
    }

    @Test("an end marker waits until all to its left is decided, and nothing is written to its right")
    func endMarker() {
        let options = parallelOptions(.speed) { $0.gamma = 100 }
        let open = Self.canvas([5, nil, nil, nil])
        func unmasked(_ readings: [Reading]) -> [Int] {
            Policy.writes(open, readings, isLast: false, options: options).unmasked.map(\.index)
        }
        let visible = Self.sure(0, 5)
        // Its left neighbour is not sure enough.
        #expect(unmasked([visible, Self.sure(1, 6, 0.2), Self.sure(2, 2), Self.sure(3, 7)]) == [3])
        // All left of it is written in the same step.
        #expect(unmasked([visible, Self.sure(1, 6), Self.sure(2, 2), Self.sure(3, 7)]) == [1, 2])
        // Nothing but end markers and padding: the leftmost mask is written.
        #expect(unmasked([visible, Self.sure(1, 6, 0.1), Self.sure(2, 2), Self.sure(3, 1)]) == [1])
        #expect(unmasked([visible, Self.sure(1, 2), Self.sure(2, 2), Self.sure(3, 1)]) == [1])
    }

    @Test("a doubted token is overwritten by a sure one and masked again otherwise, within the allowance")
    func revise() {
        let options = toyOptions(.quality)
        var canvas = Self.canvas([5, 6, 7, 8, nil, nil])
        func writes(_ readings: [Reading]) -> Writes {
            Policy.writes(canvas, readings, isLast: false, options: options)
        }
        let masks = [Self.sure(4, 9, 0.999), Self.sure(5, 9, 0.999)]
        let doubts = [
            Self.sure(0, 4, 0.95, g: 0.1),  // the network knows better
            Self.sure(1, 4, 0.5, g: 0.2),  // it does not
            Self.sure(2, 4, 0.5, g: 0.05),  // nor here, and the doubt is greater
            Self.sure(3, 4, 0.99, g: 0.9),  // no doubt
        ]
        let both = writes(doubts + masks)
        #expect(both.unmasked.map(\.index) == [4, 5])
        #expect(both.edited.map(\.index) == [0])
        #expect(both.edited.map(\.token) == [4])
        #expect(both.remasked == [2])
        // One mask accepted: none may be made.
        canvas = Self.canvas([5, 6, 7, 8, nil])
        #expect(writes(doubts + [masks[0]]).remasked == [])
        // Fixed cells never change.
        for index in 0..<4 { canvas.cells[index].state = index % 2 == 0 ? .pinned : .locked }
        #expect(canvas.wanted(options) == [4])
        let none = writes(doubts + [masks[0]])
        #expect(none.edited == [] && none.remasked == [])
    }

    @Test("a complete canvas is masked again in at most two rounds of a quarter, and never in the last step")
    func revision() {
        let options = toyOptions(.quality) { $0.window = .fixed }
        var canvas = Self.canvas((0..<16).map { TokenID(3 + $0 % 9) })
        func writes() -> Writes {
            let readings = canvas.wanted(options).map {
                Self.sure($0, canvas.cells[$0].token, 0.5, g: 0.01 * Float($0 + 1))
            }
            return Policy.writes(canvas, readings, isLast: false, options: options)
        }
        let first = writes()
        #expect(first.remasked == [0, 1, 2, 3] && first.isRevision && first.commit == 0)
        canvas.revisions = 2
        #expect(writes().remasked == [] && writes().commit == 16)
        canvas.revisions = 1
        canvas.extraSteps = options.maxEditSteps - 1
        #expect(writes().remasked == [] && writes().commit == 16)
    }

    @Test("the sliding window commits the stable front and keeps the lag")
    func sliding() {
        let options = toyOptions(.quality)
        var canvas = Self.canvas([5, 6, 7, 8, 9, 10, nil, nil])
        func commit() -> Int {
            let readings = canvas.wanted(options).map { index in
                Self.sure(index, canvas.cells[index].state == .masked ? 4 : canvas.cells[index].token, 0.97)
            }
            return Policy.writes(canvas, readings, isLast: false, options: options).commit
        }
        // Six survive this forward; one mask is written at least, so four of the front of seven or eight stay.
        #expect((3...4).contains(commit()))
        // Behind a mask nothing leaves, however stable.
        canvas.cells[1].state = .masked
        #expect(commit() == 1)
        canvas.cells[0].state = .masked
        #expect(commit() == 0)
    }

    @Test("a reduction equals its definition; ties go to the smaller id; nothing finite is nil")
    func reduction() throws {
        var random = SplitMix64(seed: 32)
        for _ in 0..<300 {
            var row = (0..<Int.random(in: 1...40, using: &random)).map { _ in Float(random.normal() * 5).rounded() }
            if row.count > 2 { row[1] = -.infinity }
            let reduction = try #require(row.withUnsafeBufferPointer { RowReduction($0) })
            let weights = row.map { exp(Double($0)) }
            let sum = weights.reduce(0, +)
            let p = weights.map { $0 / sum }
            let sorted = p.sorted(by: >)
            #expect(reduction.argmax == p.firstIndex(of: sorted[0]).map { TokenID($0) })
            #expect(abs(reduction.maximum - sorted[0]) < fp32Tolerance)
            #expect(abs(reduction.second - (sorted.count > 1 ? sorted[1] : 0)) < fp32Tolerance)
            #expect(abs(reduction.entropy + p.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) }) < 10 * fp32Tolerance)
            #expect(abs(reduction.logSumExp - log(sum)) < 10 * fp32Tolerance)
        }
        for row: [Float] in [[], [-.infinity, .nan], [1, .infinity]] {
            #expect(row.withUnsafeBufferPointer { RowReduction($0) } == nil)
        }
        #expect([Float.nan, 1, 2].withUnsafeBufferPointer { RowReduction($0) }?.argmax == 2)
        for place in [0, 7, 64, 199] {
            var row = [Float](repeating: 0, count: 200)
            (row[150], row[place]) = (2, .nan)
            #expect(row.withUnsafeBufferPointer { RowReduction($0) }?.argmax == 150)
        }
    }

    @Test("loops of up to 16 tokens are found, ordinary repeats are not")
    func loops() {
        let text = (0..<200).map { TokenID($0 % 97) }
        #expect(!RepetitionGuard.isLoop(text))
        for period in 1...16 {
            let loop = text + (0..<64).map { TokenID(200 + $0 % period) }
            #expect(RepetitionGuard.isLoop(loop))
            #expect(!RepetitionGuard.isLoop(loop + [7]))
        }
        #expect(!RepetitionGuard.isLoop(text + Array(repeating: 1, count: 15)))
    }
}
