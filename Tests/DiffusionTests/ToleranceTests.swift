import Common
import Diffusion
import Foundation
import TestSupport
import Testing

@Suite("Tolerant verification")
struct ToleranceTests {
    /// By definition: each token of the text is at least `tolerance` times as probable behind what stands before it as the
    /// most probable token there.
    private func expectTolerable(_ toy: ToyDenoiser, _ prompt: [TokenID], _ result: DecodingResult, _ tolerance: Double)
        -> Int
    {
        var compromises = 0
        for position in result.tokens.indices {
            var row = toy.causalRow(after: prompt + Array(result.tokens[..<position])).map { Double($0) }
            for banned in 0...2 { row[banned] = -.infinity }
            let token = Int(result.tokens[position])
            let best = row.max() ?? 0
            #expect(exp(row[token] - best) >= tolerance * 0.9999, "position \(position)")
            compromises += row[token] < best ? 1 : 0
        }
        return compromises
    }

    @Test("every token is nearly the best one; a small tolerance takes fewer forwards", arguments: [0.9, 0.5])
    func bound(agreement: Double) throws {
        var forwards: [Double: Int] = [:]
        var compromises: [Double: Int] = [:]
        for tolerance in [1, 0.3, 0.01] {
            var random = SplitMix64(seed: 61)
            for _ in 0..<300 {
                let toy = ToyDenoiser(seed: random.next(), scale: 4, agreement: agreement, lowest: 3)
                let prompt = randomPrompt(&random)
                let options = toyOptions(.speed) {
                    ($0.tolerance, $0.maxTokens, $0.suppressedTokens, $0.draftFloor) = (tolerance, 60, [2], 0)
                    $0.tauClose = 1
                }
                var session = try DecodingSession(network: toy, prompt: prompt, options: options)
                _ = try session.run()
                let result = try #require(session.result)
                compromises[tolerance, default: 0] += expectTolerable(toy, prompt, result, tolerance)
                forwards[tolerance, default: 0] += result.forwards
                #expect(result.forwards <= session.forwardBound)
            }
        }
        print("agreement \(agreement): forwards \(forwards), tokens that are not the best \(compromises)")
        #expect(compromises[1] == 0)
        #expect(compromises[0.3, default: 0] < compromises[0.01, default: 0])
        #expect(forwards[0.01, default: 0] < forwards[1, default: 0])
    }

    @Test("a draft copied from elsewhere has to be the causal stream's own choice, however tolerant the mode")
    func copies() throws {
        var random = SplitMix64(seed: 63)
        var accepted = 0
        for round in 0..<200 {
            let toy = ToyDenoiser(seed: random.next(), scale: 4, lowest: 3)
            let prompt = randomPrompt(&random)
            let options = toyOptions(.speed) {
                ($0.drafting, $0.tolerance, $0.draftFloor) = (.promptLookup, 0.01, 0)
                ($0.maxTokens, $0.suppressedTokens) = (60, [2])
            }
            // Long enough to have all pairs of tokens, so that nearly every forward has something to copy.
            let reference = (0..<400).map { _ in TokenID.random(in: 3..<8, using: &random) }
            var session = try DecodingSession(network: toy, prompt: prompt, options: options, reference: reference)
            accepted += try session.run().reduce(0) { $0 + $1.accepted }
            #expect(session.text == LosslessTests.bruteForce(toy, prompt, options), "round \(round)")
        }
        #expect(accepted > 0)
    }

    @Test("drafts that surely end the text cost no forward, and the text is the same")
    func closing() throws {
        var random = SplitMix64(seed: 62)
        var forwards = (verified: 0, closed: 0)
        for round in 0..<300 {
            let toy = ToyDenoiser(seed: random.next(), scale: 400)
            let prompt = randomPrompt(&random)
            func run(_ tauClose: Double) throws -> DecodingResult {
                let options = toyOptions(.speed) { ($0.tauClose, $0.canvasLength) = (tauClose, 6) }
                var session = try DecodingSession(network: toy, prompt: prompt, options: options)
                let steps = try session.run()
                #expect(steps.flatMap(\.committed).filter { $0 != 2 } == session.text, "round \(round)")
                return try #require(session.result)
            }
            let (verified, closed) = (try run(1), try run(0.9))
            #expect(verified.tokens == closed.tokens && verified.finish == closed.finish, "round \(round)")
            forwards.verified += verified.forwards
            forwards.closed += closed.forwards
        }
        print("forwards \(forwards)")
        #expect(forwards.closed < forwards.verified)
    }

    @Test(
        "modes that promise the text of autoregressive refuse a tolerance",
        arguments: [DecodingMode.lossless, .autoregressive]
    )
    func promise(mode: DecodingMode) {
        let toy = ToyDenoiser(seed: 1)
        let options = toyOptions(mode) { $0.tolerance = 0.5 }
        #expect(throws: CinnabarError.self) {
            try DecodingSession(network: toy, prompt: [4], options: options)
        }
    }
}
