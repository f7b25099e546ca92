import Diffusion
import Testing

/// A verified mode whose drafts are all accepted with the same chance.
private func options(acceptance: Double, floor: Double = 0, drafts: Int = 64) -> DecodingOptions {
    var options = DecodingOptions(.lossless, maskToken: 0)
    (options.draftAcceptance, options.draftFloor, options.draftLength) = (acceptance, floor, drafts)
    return options
}

private func choice(_ times: [(Int, Double)], _ options: DecodingOptions) -> CanvasChoice? {
    CanvasChoice(times: times.map { (rows: $0.0, seconds: $0.1) }, options: options)
}

@Suite struct CanvasChoiceTests {
    @Test("Where rows cost nothing the longest canvas wins, where a row costs a forward none does")
    func extremes() throws {
        let free = try #require(choice([(1, 1), (64, 1), (128, 1)], options(acceptance: 0.9)))
        #expect(free.canvasLength == 64)
        #expect(abs(free.tokensPerForward - (1 - 0.9.power(64)) / (1 - 0.9)) < 1e-9)
        let dear = try #require(choice([(1, 1), (64, 64)], options(acceptance: 0.9)))
        #expect(dear.canvasLength == 1)
        #expect(dear.tokensPerSecond == 1)
    }

    @Test(
        "The choice is the best of all lengths by the formula, T(n) = o + c n",
        arguments: [0.3, 0.5, 0.7, 0.9, 0.97]
    )
    func best(acceptance: Double) throws {
        for cost in [0.01, 0.05, 0.3] {
            let times = [1, 3, 40, 130].map { ($0, 1 + cost * Double($0)) }
            let found = try #require(choice(times, options(acceptance: acceptance, drafts: 12)))
            let rates = (1...64).map { length in
                let drafts = min(length - 1, 12)
                let tokens = (0...drafts).reduce(0) { $0 + acceptance.power($1) }
                return tokens / (1 + cost * Double(1 + drafts + (length > 1 ? length : 0)))
            }
            let best = try #require(rates.max())
            #expect(abs(found.tokensPerSecond - best) < 1e-9 * best)
            #expect(abs(rates[found.canvasLength - 1] - best) < 1e-9 * best)
        }
    }

    @Test("A draft must be as likely as a row is dear, and never less likely than the options say")
    func floor() throws {
        for cost in [0, 0.05, 0.3, 1, 3] {
            let times = [1, 2, 8, 64].map { ($0, 1 + cost * Double($0 - 1)) }
            let found = try #require(choice(times, options(acceptance: 0.7, floor: 0.1)))
            #expect(abs(found.draftFloor - min(1, max(0.1, cost))) < 1e-9)
        }
        #expect(try #require(choice([(1, 1)], options(acceptance: 0.7, floor: 0.1))).draftFloor == 0.1)
    }

    @Test("Likelier drafts never make the canvas shorter")
    func monotonic() throws {
        let times = [1, 2, 4, 8, 16, 32, 64].map { ($0, 0.05 + 0.0155 * Double($0)) }
        let lengths = try stride(from: 0.05, through: 0.95, by: 0.05).map {
            try #require(choice(times, options(acceptance: $0))).canvasLength
        }
        #expect(lengths == lengths.sorted())
        #expect(lengths[0] < lengths[lengths.count - 1])
    }

    @Test("A measurement that does not begin with one row, or none, chooses nothing")
    func unusable() {
        #expect(choice([], options(acceptance: 0.7)) == nil)
        #expect(choice([(2, 1), (4, 1)], options(acceptance: 0.7)) == nil)
        #expect(choice([(1, 0), (4, 1)], options(acceptance: 0.7)) == nil)
    }
}

extension Double {
    fileprivate func power(_ exponent: Int) -> Double { (0..<exponent).reduce(1) { product, _ in product * self } }
}
