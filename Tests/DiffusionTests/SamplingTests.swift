import Common
import Diffusion
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Sampling by its definition, one step after the other over whole rows.
enum SamplingReference {
    static func shift(_ row: inout [Double], _ sampling: Sampling, prompt: [TokenID], text: [TokenID]) {
        for token in row.indices {
            let count = text.count { Int($0) == token }
            if count > 0 || prompt.contains(TokenID(token)) {
                row[token] =
                    row[token] > 0 ? row[token] / sampling.repetitionPenalty : row[token] * sampling.repetitionPenalty
            }
            if count > 0 { row[token] -= sampling.presencePenalty + sampling.frequencyPenalty * Double(count) }
            row[token] += sampling.logitBias[token] ?? 0
        }
    }

    static func narrow(_ row: inout [Double], _ sampling: Sampling, temperature: Double) {
        let best = row.max() ?? 0
        func probabilities() -> [Double] {
            let weights = row.map { exp(($0 - best) / temperature) }
            let sum = weights.reduce(0, +)
            return weights.map { $0 / sum }
        }
        let all = probabilities()
        if let topK = sampling.topK, topK < row.count {
            let least = row.sorted(by: >)[topK - 1]
            for token in row.indices where row[token] < least { row[token] = -.infinity }
        }
        if sampling.topP < 1 {
            let now = probabilities()
            var mass = 0.0
            var kept: Set<Int> = []
            for token in row.indices.sorted(by: { (row[$0], $1) > (row[$1], $0) })
            where kept.isEmpty || mass < sampling.topP {
                kept.insert(token)
                mass += now[token]
            }
            for token in row.indices where !kept.contains(token) { row[token] = -.infinity }
        }
        for token in row.indices where all[token] < sampling.minP * (all.max() ?? 0) { row[token] = -.infinity }
    }

    static func random(_ random: inout SplitMix64, vocabularySize: Int) -> Sampling {
        var sampling = Sampling()
        if Bool.random(using: &random) { sampling.topK = Int.random(in: 1...vocabularySize + 2, using: &random) }
        if Bool.random(using: &random) { sampling.topP = Double.random(in: 0...1, using: &random) }
        if Bool.random(using: &random) { sampling.minP = Double.random(in: 0...0.5, using: &random) }
        if Bool.random(using: &random) { sampling.presencePenalty = Double.random(in: -2...2, using: &random) }
        if Bool.random(using: &random) { sampling.frequencyPenalty = Double.random(in: -2...2, using: &random) }
        if Bool.random(using: &random) { sampling.repetitionPenalty = Double.random(in: 0.5...2, using: &random) }
        if Bool.random(using: &random) {
            sampling.logitBias[Int.random(in: 0..<vocabularySize, using: &random)] = Double.random(
                in: -9...9,
                using: &random
            )
        }
        return sampling
    }
}

@Suite("Sampling")
struct SamplingTests {
    @Test("rows are shifted and cut down as the definitions say")
    func rows() {
        var random = SplitMix64(seed: 31)
        for round in 0..<3000 {
            let vocabulary = Int.random(in: 1...60, using: &random)
            let sampling = SamplingReference.random(&random, vocabularySize: vocabulary)
            let temperature = Double.random(in: 0.1...3, using: &random)
            let spread = Float.random(in: 0.1...40, using: &random)
            var row = (0..<vocabulary).map { _ in Float.random(in: -spread...spread, using: &random) }
            if round % 3 == 0 { row[Int.random(in: 0..<vocabulary, using: &random)] = -.infinity }
            guard row.contains(where: { $0 > -.infinity }) else { continue }
            var expected = row.map(Double.init)
            let prompt = (0..<3).map { _ in TokenID.random(in: 0..<TokenID(vocabulary), using: &random) }
            let text = (0..<9).map { _ in TokenID.random(in: 0..<TokenID(vocabulary), using: &random) }
            SamplingReference.shift(&expected, sampling, prompt: prompt, text: text)
            row.withUnsafeMutableBufferPointer {
                sampling.shift($0, seen: SeenTokens(prompt: sampling.penalized(prompt), text: text, for: sampling))
            }
            for token in row.indices where expected[token] > -.infinity {
                #expect(
                    abs(Double(row[token]) - expected[token]) <= 1e-5 * Double(spread + 20),
                    "seed 31, round \(round)"
                )
            }
            // The sets are compared on the same numbers.
            expected = row.map(Double.init)
            SamplingReference.narrow(&expected, sampling, temperature: temperature)
            row.withUnsafeMutableBufferPointer { sampling.narrow($0, temperature: temperature) }
            let (kept, wanted) = (
                row.indices.filter { row[$0] > -.infinity }, expected.indices.filter { expected[$0] > -.infinity }
            )
            #expect(kept == wanted, "seed 31, round \(round)")
        }
    }

    @Test("lossless text is autoregressive text with every kind of sampling, which is the definition's")
    func lossless() throws {
        var random = SplitMix64(seed: 32)
        for round in 0..<600 {
            let toy = ToyDenoiser(seed: random.next(), agreement: [1, 0.6][round % 2])
            let prompt = randomPrompt(&random)
            let sampling = SamplingReference.random(&random, vocabularySize: toy.vocabularySize)
            let seed = random.next()
            let temperature = [0, 0.7, 1.4][round % 3]
            var texts: [[TokenID]] = []
            for mode in [DecodingMode.autoregressive, .lossless] {
                let options = toyOptions(mode) {
                    ($0.temperature, $0.seed, $0.sampling, $0.maxTokens) = (temperature, seed, sampling, 30)
                }
                var session = try DecodingSession(network: toy, prompt: prompt, options: options)
                _ = try session.run()
                texts.append(try #require(session.result).tokens)
                if mode == .autoregressive {
                    #expect(texts[0] == LosslessTests.bruteForce(toy, prompt, options), "seed 32, round \(round)")
                }
            }
            #expect(texts[0] == texts[1], "seed 32, round \(round)")
        }
    }

    @Test("a parallel mode writes what sampling leaves only", arguments: [DecodingMode.quality, .speed])
    func parallel(mode: DecodingMode) throws {
        var random = SplitMix64(seed: 33)
        for _ in 0..<100 {
            let toy = ToyDenoiser(seed: random.next(), agreement: 0.7)
            let options = toyOptions(mode) {
                ($0.temperature, $0.seed, $0.maxTokens, $0.repetitionGuard) = (1.5, random.next(), 30, false)
                $0.sampling.logitBias = [5: -100, 7: -100]
                $0.sampling.topP = 0.9
            }
            var session = try DecodingSession(network: toy, prompt: randomPrompt(&random), options: options)
            _ = try session.run()
            #expect(!(try #require(session.result).tokens.contains { $0 == 5 || $0 == 7 }))
        }
    }

    @Test("drawn from one token, a text is the greedy one, whatever the temperature: the cut changes no confidence")
    func onlyTheBest() throws {
        var random = SplitMix64(seed: 34)
        for round in 0..<100 {
            let toy = ToyDenoiser(seed: random.next(), agreement: 0.7)
            let prompt = randomPrompt(&random)
            func text(_ mode: DecodingMode, _ temperature: Double) throws -> [TokenID] {
                let options = toyOptions(mode) {
                    ($0.temperature, $0.maxTokens, $0.repetitionGuard, $0.tauClose) = (temperature, 30, false, 1)
                    if temperature > 0 { $0.sampling.topK = 1 }
                }
                var session = try DecodingSession(network: toy, prompt: prompt, options: options)
                _ = try session.run()
                return try #require(session.result).tokens
            }
            #expect(try text(.quality, 1.5) == text(.quality, 0), "seed 34, round \(round)")
            // A cut row accepts nothing but its best token.
            #expect(try text(.speed, 1.5) == text(.autoregressive, 0), "seed 34, round \(round)")
        }
    }

    @Test("texts in blocks obey cuts, biases and penalties")
    func blocks() throws {
        var random = SplitMix64(seed: 35)
        var repeats = (plain: 0, penalized: 0)
        for _ in 0..<60 {
            let toy = ToyDenoiser(seed: random.next(), agreement: 0.7)
            let (prompt, seed) = (randomPrompt(&random), random.next())
            func text(_ temperature: Double, _ change: (inout Sampling) -> Void) throws -> [TokenID] {
                var options = DenoisingOptions(
                    rule: DenoisingRule(.surest(1)),
                    window: .whole,
                    blockLength: 20,
                    maxTokens: 20,
                    maskToken: 0
                )
                (options.suppressedTokens, options.seed, options.temperature) = ([1, 2], seed, temperature)
                change(&options.sampling)
                var session = try BlockSession(network: toy, prompt: prompt, options: options)
                while try session.next() != nil {}
                return session.text
            }
            #expect(try text(1.5) { $0.minP = 1 } == text(0) { _ in })
            #expect(try !text(1.5) { $0.logitBias = [5: -100] }.contains(5))
            repeats.plain += 20 - Set(try text(0) { _ in }).count
            repeats.penalized += 20 - Set(try text(0) { $0.presencePenalty = 2 }).count
        }
        #expect(repeats.penalized < repeats.plain)
    }

    @Test("values outside their range are refused by name")
    func refusals() {
        let bad: [(String, (inout Sampling) -> Void)] = [
            ("top_k", { $0.topK = 0 }), ("top_p", { $0.topP = 1.1 }), ("min_p", { $0.minP = .nan }),
            ("presence_penalty", { $0.presencePenalty = 3 }),
            ("frequency_penalty", { $0.frequencyPenalty = -.infinity }),
            ("repetition_penalty", { $0.repetitionPenalty = 0 }), ("logit_bias", { $0.logitBias = [12: 1] }),
            ("logit_bias", { $0.logitBias = [1: 101] }), ("logit_bias", { $0.logitBias = [-1: 0] }),
        ]
        for (name, change) in bad {
            let options = toyOptions(.speed) { change(&$0.sampling) }
            let error = #expect(throws: CinnabarError.self) {
                try DecodingSession(network: ToyDenoiser(), prompt: [3], options: options)
            }
            #expect(error?.message.contains(name) == true)
        }
    }
}
