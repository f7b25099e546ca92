import Common
import Diffusion
import Foundation
import TestSupport
import Testing

@Suite("Traces")
struct TraceTests {
    static func record(_ random: inout SplitMix64, _ mode: DecodingMode) throws -> (Trace, DecodingResult) {
        var options = CanvasModeTests.randomOptions(&random)
        options.take(mode)
        let pin = Int.random(in: 0..<options.maxTokens, using: &random)
        var session = try DecodingSession(
            network: CanvasModeTests.randomToy(&random),
            prompt: randomPrompt(&random),
            options: options,
            pins: [pin: 4],
            draft: Bool.random(using: &random) ? [] : randomPrompt(&random, longest: 80)
        )
        var trace = session.makeTrace()
        for step in try session.run() { trace.append(step) }
        return (trace, try #require(session.result))
    }

    @Test("a trace replays to the text, also after a way through JSON lines", arguments: DecodingMode.allCases)
    func replay(mode: DecodingMode) throws {
        var random = SplitMix64(seed: 41)
        for round in 0..<150 {
            let (trace, result) = try Self.record(&random, mode)
            let lines = try trace.jsonLines()
            let read = try Trace(jsonLines: lines)
            #expect(read == trace, "round \(round)")
            #expect(try read.jsonLines() == lines)
            let outcome = try read.replay()
            #expect(outcome.tokens == result.tokens, "round \(round)")
            #expect(outcome.forwards == result.forwards && outcome.finish == result.finish)
        }
    }

    @Test("a changed trace is refused or tells a text of its own, and never traps")
    func damaged() throws {
        var random = SplitMix64(seed: 42)
        var refused = 0
        for round in 0..<600 {
            let (trace, _) = try Self.record(&random, DecodingMode.allCases[round % 4])
            var bytes = [UInt8](try trace.jsonLines())
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let at = Int.random(in: bytes.indices, using: &random)
                switch round / 4 % 3 {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[at] = UInt8(ascii: "0") + UInt8.random(in: 0...9, using: &random)
                default: bytes.removeSubrange(at..<min(bytes.count, at + 40))
                }
            }
            do {
                _ = try Trace(jsonLines: Data(bytes)).replay()
            } catch is CinnabarError {
                refused += 1
            }
        }
        #expect(refused > 400)
    }

    @Test("contradictions are named")
    func contradictions() throws {
        var random = SplitMix64(seed: 44)
        let (good, _) = try Self.record(&random, .quality)
        func refuses(_ change: (inout Trace) -> Void) -> Bool {
            var trace = good
            change(&trace)
            do {
                _ = try trace.replay()
                return false
            } catch {
                return (error as? CinnabarError)?.code == .malformed
                    || (error as? CinnabarError)?.code == .invalidArgument
            }
        }
        let first = try #require(good.steps.firstIndex { !$0.unmasked.isEmpty })
        #expect(!refuses { _ in })
        #expect(refuses { $0.steps[first].unmasked.append($0.steps[first].unmasked[0]) })
        #expect(refuses { $0.steps[first].unmasked[0].position = .max })
        #expect(refuses { $0.steps[first].unmasked[0].position = .min })
        #expect(refuses { $0.steps[first].unmasked[0].token = -1 })
        #expect(refuses { $0.steps[first].unmasked[0].confidence = .nan })
        #expect(refuses { $0.steps[first].unmasked = [] })
        #expect(refuses { $0.steps[first].remasked = [.max] })
        #expect(refuses { $0.steps[first].committed = [5, 5, 5] })
        #expect(refuses { $0.steps[first].accepted = -1 })
        #expect(refuses { $0.steps[first].forwards = .max })
        #expect(refuses { $0.steps[first].start = .max })
        #expect(refuses { $0.steps.append($0.steps[first]) })
        #expect(refuses { $0.header.vocabularySize = -4 })
        #expect(refuses { $0.header.prompt = [] })
        #expect(refuses { $0.header.options.maxTokens = .max })
        #expect(throws: CinnabarError.self) { try Trace(jsonLines: Data()) }
        #expect(throws: CinnabarError.self) { try Trace(jsonLines: Data("{}\n".utf8)) }
    }
}
