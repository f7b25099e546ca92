import Common
import Diffusion
import Foundation
import TestSupport
import Testing

@Suite("Verified modes")
struct LosslessTests {
    /// Autoregressive decoding by its definition: no session, no cache.
    static func bruteForce(_ toy: ToyDenoiser, _ prompt: [TokenID], _ options: DecodingOptions) -> [TokenID] {
        var text: [TokenID] = []
        while text.count < options.maxTokens {
            var row = toy.causalRow(after: prompt + text).map { Double($0) }
            for token in options.suppressedTokens + [0, 1] { row[Int(token)] = -.infinity }
            SamplingReference.shift(&row, options.sampling, prompt: prompt, text: text)
            if options.temperature > 0 {
                SamplingReference.narrow(&row, options.sampling, temperature: options.temperature)
                for token in row.indices {
                    let position = prompt.count + text.count
                    row[token] /= options.temperature
                    row[token] += CounterNoise.gumbel(seed: options.seed, position: position, token: token)
                }
            }
            var best = 0
            for token in row.indices where row[token] > row[best] { best = token }
            if options.isEnd(TokenID(best)) { break }
            text.append(TokenID(best))
        }
        return text
    }

    @Test("autoregressive text is the brute-force argmax, one token a forward", arguments: [0, 0.8])
    func autoregressive(temperature: Double) throws {
        var random = SplitMix64(seed: 11)
        for round in 0..<300 {
            let toy = ToyDenoiser(seed: random.next())
            let prompt = randomPrompt(&random)
            let options = toyOptions(.autoregressive) {
                $0.temperature = temperature
                $0.seed = UInt64(round)
            }
            var session = try DecodingSession(network: toy, prompt: prompt, options: options)
            let steps = try session.run()
            let result = try #require(session.result)
            #expect(result.tokens == Self.bruteForce(toy, prompt, options), "round \(round)")
            #expect(result.forwards == result.tokens.count + (result.finish == .stop ? 1 : 0))
            #expect(result.forwards == session.cache.calls && steps.count == result.forwards)
        }
    }

    @Test(
        "lossless text is autoregressive text on 1,000 prompts, whatever the drafts",
        arguments: [0, 0.8],
        [1, 0.7, 0]
    )
    func lossless(temperature: Double, agreement: Double) throws {
        var random = SplitMix64(seed: 12)
        var forwards = 0
        var tokens = 0
        for round in 0..<1000 {
            let toy = ToyDenoiser(seed: random.next(), agreement: agreement)
            let prompt = randomPrompt(&random)
            let options = toyOptions(.lossless) {
                $0.temperature = temperature
                $0.seed = random.next()
                $0.canvases = Int.random(in: 1...3, using: &random)
                $0.canvasLength = Int.random(in: 1...9, using: &random)
                $0.draftLength = Int.random(in: 0...10, using: &random)
                $0.draftFloor = [0, 0.05, 0.3][round % 3]
                $0.prefillChunk = Int.random(in: 1...8, using: &random)
                $0.maxTokens = Int.random(in: 1...40, using: &random)
            }
            var session = try DecodingSession(network: toy, prompt: prompt, options: options)
            for step in try session.run() {
                #expect(step.accepted <= step.drafts.count)
                #expect(session.cache.length <= prompt.count + session.text.count)
            }
            let result = try #require(session.result)
            #expect(result.tokens == Self.bruteForce(toy, prompt, options), "round \(round)")
            #expect(result.forwards <= session.forwardBound)
            #expect(session.cache.tokens == (prompt + result.tokens).prefix(session.cache.length).map { $0 })
            forwards += result.forwards
            tokens += result.tokens.count + (result.finish == .stop ? 1 : 0)
        }
        // Every forward writes a token.
        #expect(forwards <= tokens)
    }

    @Test(
        "good drafts show in the tokens per forward, bad ones cost none",
        arguments: [(1.0, 5.0), (0.8, 1.8), (0, 1)]
    )
    func speed(agreement: Double, least: Double) throws {
        var random = SplitMix64(seed: 14)
        var forwards = 0
        var tokens = 0
        for _ in 0..<50 {
            let toy = ToyDenoiser(seed: random.next(), scale: 60, agreement: agreement, lowest: 3)
            let options = toyOptions(.lossless) {
                $0.maxTokens = 120
                $0.suppressedTokens = [2]
            }
            var session = try DecodingSession(network: toy, prompt: randomPrompt(&random), options: options)
            _ = try session.run()
            forwards += session.forwards
            tokens += session.text.count
        }
        let tokensPerForward = Double(tokens) / Double(forwards)
        print("lossless, agreement \(agreement): \(tokensPerForward) tokens per forward")
        #expect(tokensPerForward >= least)
    }

    @Test(
        "drafts from a reference text: equal text, and nearly one forward where the reference is the text",
        arguments: [Drafting.promptLookup, .canvasAndLookup]
    )
    func promptLookup(drafting: Drafting) throws {
        var random = SplitMix64(seed: 13)
        for round in 0..<300 {
            let toy = ToyDenoiser(seed: random.next())
            let prompt = randomPrompt(&random)
            var options = toyOptions(.autoregressive) { $0.seed = random.next() }
            options.temperature = round % 2 == 0 ? 0 : 0.8
            let expected = Self.bruteForce(toy, prompt, options)
            options.drafting = drafting
            options.draftLength = 10
            for reference in [[], prompt.suffix(3) + expected, randomPrompt(&random, longest: 60)] {
                var session = try DecodingSession(
                    network: toy,
                    prompt: prompt,
                    options: options,
                    reference: Array(reference)
                )
                _ = try session.run()
                let result = try #require(session.result)
                #expect(result.tokens == expected, "round \(round)")
                if reference.count == min(3, prompt.count) + expected.count, prompt.count >= 3, expected.count > 30 {
                    #expect(result.tokensPerForward > 3)
                }
            }
        }
    }

    @Test("sampled text has the softmax's frequencies (chi-square, three tokens)", arguments: Drafting.allCases)
    func chiSquare(drafting: Drafting) throws {
        // Tokens 3, 4, 5 are text; the rest is suppressed.
        let toy = ToyDenoiser(vocabularySize: 6, seed: 5, scale: 2, agreement: 0.6)
        let draws = 6000
        var first = [Int](repeating: 0, count: 3)
        var pairs = [Int](repeating: 0, count: 9)
        for seed in 0..<draws {
            let options = toyOptions(.lossless) {
                $0.drafting = drafting
                $0.temperature = 1
                $0.seed = UInt64(seed)
                $0.maxTokens = 2
                $0.suppressedTokens = [2]
            }
            var session = try DecodingSession(network: toy, prompt: [3, 5], options: options)
            _ = try session.run()
            let tokens = try #require(session.result).tokens.map { Int($0) - 3 }
            first[tokens[0]] += 1
            pairs[tokens[0] * 3 + tokens[1]] += 1
        }
        func softmax(_ prompt: [TokenID]) -> [Double] {
            let weights = toy.causalRow(after: prompt)[3...5].map { exp(Double($0)) }
            return weights.map { $0 / weights.reduce(0, +) }
        }
        let p = softmax([3, 5])
        let joint = (0..<3).flatMap { a in softmax([3, 5, TokenID(a + 3)]).map { p[a] * $0 } }
        func statistic(_ counts: [Int], _ probabilities: [Double]) -> Double {
            zip(counts, probabilities).reduce(0) { sum, pair in
                let expected = pair.1 * Double(draws)
                return sum + (Double(pair.0) - expected) * (Double(pair.0) - expected) / expected
            }
        }
        // Quantiles 0.999 of chi-square with 2 and 8 degrees of freedom.
        #expect(statistic(first, p) < 13.82)
        #expect(statistic(pairs, joint) < 26.12)
    }
}
