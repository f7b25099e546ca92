import Common
import Diffusion
import Foundation
import Models
import TestSupport
import Testing

/// A network that answers wrongly.
private struct BrokenDenoiser: Denoiser {
    enum Fault: CaseIterable { case notANumber, tooFewRows, otherVocabulary, noPrediction, fails }
    let fault: Fault
    let vocabularySize = 12
    let contextLength = 100

    func makeCache(capacity: Int) -> ToyDenoiser.Cache { ToyDenoiser.Cache(capacity: capacity) }

    func forward(_ items: [ForwardItem<ToyDenoiser.Cache>]) throws -> [Prediction] {
        let good = try ToyDenoiser(vocabularySize: vocabularySize, contextLength: contextLength).forward(items)[0]
        switch fault {
        case .notANumber:
            let logits = good.logits.map { _ in Float.nan }
            return [Prediction(vocabularySize: vocabularySize, logits: logits, correctness: good.correctness)]
        case .tooFewRows: return [Prediction(vocabularySize: vocabularySize, logits: [], correctness: [])]
        case .otherVocabulary:
            let logits = Array(good.logits.prefix(good.rows))
            return [Prediction(vocabularySize: 1, logits: logits, correctness: good.correctness)]
        case .noPrediction: return []
        case .fails: throw CinnabarError(.resource, "no memory")
        }
    }
}

@Suite("Bad input")
struct SessionErrorTests {
    @Test("a network that answers wrongly gives an error, then nothing", arguments: DecodingMode.allCases)
    func brokenNetwork(mode: DecodingMode) throws {
        for fault in BrokenDenoiser.Fault.allCases {
            var session = try DecodingSession(
                network: BrokenDenoiser(fault: fault),
                prompt: [3],
                options: toyOptions(mode)
            )
            #expect(throws: CinnabarError.self) { try session.next() }
            #expect(try session.next() == nil)
            #expect(session.result == nil)
        }
    }

    @Test("prompts, pins and options outside their range are refused")
    func badRequests() {
        let toy = ToyDenoiser(contextLength: 10)
        func refuses(
            _ prompt: [TokenID] = [3],
            pins: [Int: TokenID] = [:],
            _ change: (inout DecodingOptions) -> Void = { _ in }
        ) -> Bool {
            do {
                _ = try DecodingSession(network: toy, prompt: prompt, options: toyOptions(.quality, change), pins: pins)
                return false
            } catch { return error is CinnabarError }
        }
        #expect(!refuses())
        #expect(refuses([]))
        #expect(refuses([12]))
        #expect(refuses([-1]))
        #expect(refuses(Array(repeating: 3, count: 10)))
        #expect(refuses(pins: [-1: 3]))
        #expect(refuses(pins: [40: 3]))
        #expect(refuses(pins: [0: 12]))
        #expect(refuses { $0.canvasLength = 0 })
        #expect(refuses { $0.lag = 16 })
        #expect(refuses { $0.gamma = .nan })
        #expect(refuses { $0.tauG = 2 })
        #expect(refuses { $0.temperature = -1 })
        #expect(refuses { $0.temperature = .nan })
        #expect(refuses { $0.maxTokens = 0 })
        #expect(refuses { $0.maskToken = 12 })
        #expect(refuses { $0.endTokens = [0] })
        #expect(refuses { $0.suppressedTokens = Array(0..<12) })
    }

    @Test("options survive JSON; missing keys keep the mode's default; one end marker may be a number")
    func optionsJSON() throws {
        var random = SplitMix64(seed: 51)
        for mode in DecodingMode.allCases {
            var options = CanvasModeTests.randomOptions(&random)
            options.take(mode)
            let data = try JSONEncoder().encode(options)
            #expect(try JSONDecoder().decode(DecodingOptions.self, from: data) == options)
        }
        let text = #"{"mode": "speed", "mask_token_id": 0, "pad_token_id": 1, "eos_token_id": 2, "gamma": 0.25}"#
        var expected = DecodingOptions(.speed, maskToken: 0, padToken: 1, endTokens: [2])
        expected.gamma = 0.25
        #expect(try JSONDecoder().decode(DecodingOptions.self, from: Data(text.utf8)) == expected)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(DecodingOptions.self, from: Data(#"{"mode": "fast", "mask_token_id": 0}"#.utf8))
        }
    }
}
