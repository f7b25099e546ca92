import Common
import Diffusion
import Foundation
import TestSupport
import Testing

/// Texts that change their length, written by networks made of hashes: of the twelve tokens 0 is the mask, 2 the end, 3 deletes
/// and 4 inserts.
@Suite struct LengthTests {
    static let special = LengthTokens(delete: 3, insert: 4)

    static func toy(_ random: inout SplitMix64) -> ToyDenoiser {
        ToyDenoiser(
            contextLength: 256,
            seed: random.next(),
            scale: Float.random(in: 1...12, using: &random),
            agreement: Double.random(in: 0...1, using: &random)
        )
    }

    /// A session over blocks that are rewritten, and the most forwards that one of them may take.
    static func rewriting(_ random: inout SplitMix64) throws -> (BlockSession<ToyDenoiser>, bound: Int) {
        var rule = DenoisingRule(.threshold(Double.random(in: 0...1, using: &random)))
        rule.editThreshold = Double.random(in: 0...1, using: &random) * 0.8
        rule.maxEditSteps = Int.random(in: 0...6, using: &random)
        let length = Int.random(in: 1...9, using: &random)
        var options = DenoisingOptions(
            rule: rule,
            window: .blocks,
            blockLength: length,
            maxTokens: Int.random(in: 1...30, using: &random),
            maskToken: 0
        )
        options.lengthTokens = special
        options.endTokens = Bool.random(using: &random) ? [2] : []
        options.temperature = Bool.random(using: &random) ? 0 : 1
        let prompt = randomPrompt(&random)
        let session = try BlockSession(network: toy(&random), prompt: prompt, options: options)
        return (session, length + rule.maxEditSteps + 1)
    }

    /// A session over a hole, of variable length or of a fixed one, and the most forwards that it may take.
    static func hole(_ random: inout SplitMix64) throws -> (BlockSession<ToyDenoiser>, bound: Int) {
        let isVariable = Bool.random(using: &random)
        let tokens = Int.random(in: 1...20, using: &random)
        let choices: [DenoisingRule.Choice] = [
            .surest(1), .surest(3), .threshold(0.3), .thresholdOrScheduled(0.5, .even(steps: 4)), .entropyBudget(0.5),
        ]
        let scores: [DenoisingRule.Score] = [.probability, .margin, .entropy, .position]
        var options = DenoisingOptions(
            rule: DenoisingRule(
                choices.randomElement(using: &random) ?? .surest(1),
                score: scores.randomElement(using: &random) ?? .margin
            ),
            window: .whole,
            blockLength: isVariable ? tokens : Int.random(in: 1...20, using: &random),
            maxTokens: tokens,
            maskToken: 0
        )
        options.guidance = Bool.random(using: &random) ? 0 : 0.5
        options.firstLength = Int.random(in: 1...8, using: &random)
        options.maxInsertions = Bool.random(using: &random) ? nil : Int.random(in: 0...9, using: &random)
        if isVariable {
            options.lengthTokens = special
            options.lengthTokens?.deletesToRight = Bool.random(using: &random)
        } else {
            options.endTokens = [2]
        }
        let hasPrompt = Bool.random(using: &random)
        let session = try BlockSession(
            network: toy(&random),
            prompt: hasPrompt ? randomPrompt(&random) : [],
            suffix: randomPrompt(&random),
            options: options
        )
        let bound =
            isVariable
            ? min(options.firstLength, tokens) + 2 * (options.maxInsertions ?? 2 * tokens) : tokens * 2 + 8
        return (session, bound)
    }

    @Test("A rewritten block ends within its bound, without a mask or a length token, and the prompt stays")
    func blocksEnd() throws {
        let seed: UInt64 = 51
        var random = SplitMix64(seed: seed)
        var (edits, deletions, insertions, remasked) = (0, 0, 0, 0)
        for round in 0..<400 {
            var (session, bound) = try Self.rewriting(&random)
            let count = session.tokens.count
            var forwards = 0
            while let step = try session.next() {
                forwards += 1
                edits += step.edited.count
                deletions += step.deleted.count
                insertions += step.inserted.count
                remasked += step.remasked.count
                try #require(forwards <= bound, "seed \(seed), round \(round)")
                if !step.committed.isEmpty {
                    #expect(!step.committed.contains { [0, 3, 4].contains($0) }, "seed \(seed), round \(round)")
                    forwards = 0
                }
                #expect(session.tokens.starts(with: session.prompt) && session.tokens.count == count)
            }
            #expect(session.finish != nil && session.text.count <= session.options.maxTokens)
        }
        // All of it happens.
        #expect(min(edits, deletions, insertions, remasked) > 100, "\(edits) \(deletions) \(insertions) \(remasked)")
    }

    @Test("A hole is filled within its bound, and what is around it stays")
    func holesEnd() throws {
        let seed: UInt64 = 52
        var random = SplitMix64(seed: seed)
        var lengths: Set<Int> = []
        for round in 0..<400 {
            var (session, bound) = try Self.hole(&random)
            while try session.next() != nil {
                try #require(session.forwards <= bound, "seed \(seed), round \(round)")
                #expect(session.tokens.starts(with: session.prompt), "seed \(seed), round \(round)")
                #expect(session.tokens.suffix(session.suffix.count) == session.suffix[...], "round \(round)")
            }
            let hole = session.tokens.dropFirst(session.prompt.count).dropLast(session.suffix.count)
            // Behind an end marker masks may be left.
            #expect(hole.starts(with: session.text) && !session.text.contains(0), "seed \(seed), round \(round)")
            #expect(hole.count <= session.options.maxTokens)
            if session.options.isVariable {
                #expect(Array(hole) == session.text && !hole.contains { $0 == 3 || $0 == 4 })
                lengths.insert(hole.count)
            }
        }
        #expect(lengths.count > 10, "holes grow and shrink: \(lengths.sorted())")
    }

    private static func recorded(_ random: inout SplitMix64, _ round: Int) throws -> (Trace, BlockSession<ToyDenoiser>)
    {
        var (session, _) = try round % 2 == 0 ? rewriting(&random) : hole(&random)
        var trace = session.makeTrace()
        while let step = try session.next() { trace.append(step) }
        return (trace, session)
    }

    @Test("A trace of blocks replays to the same text, also after a way through JSON lines")
    func replays() throws {
        var random = SplitMix64(seed: 53)
        for round in 0..<300 {
            let (trace, session) = try Self.recorded(&random, round)
            let lines = try trace.jsonLines()
            let read = try Trace(jsonLines: lines)
            #expect(read == trace, "round \(round)")
            #expect(try read.jsonLines() == lines)
            let outcome = try read.replay()
            #expect(outcome.tokens == session.text && outcome.finish == session.finish, "round \(round)")
            #expect(outcome.forwards == session.forwards)
        }
    }

    @Test("A changed trace of blocks is refused or tells a text of its own, and never traps")
    func damaged() throws {
        var random = SplitMix64(seed: 54)
        var refused = 0
        for round in 0..<600 {
            let (trace, _) = try Self.recorded(&random, round)
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

    @Test("Contradictions in a trace of blocks are named")
    func contradictions() throws {
        var random = SplitMix64(seed: 55)
        var found: (trace: Trace, step: Int)?
        while found == nil {
            let (trace, _) = try Self.recorded(&random, 0)
            let step = trace.steps.firstIndex { $0.deleted != nil && !$0.unmasked.isEmpty && $0.finish == nil }
            found = step.map { (trace, $0) }
        }
        let (good, step) = try #require(found)
        func refuses(_ change: (inout Trace) -> Void) -> Bool {
            var trace = good
            change(&trace)
            let code = { () -> CinnabarError.Code? in
                do {
                    _ = try trace.replay()
                    return nil
                } catch { return (error as? CinnabarError)?.code }
            }()
            return code == .malformed || code == .invalidArgument
        }
        #expect(!refuses { _ in })
        #expect(refuses { $0.steps[step].deleted = nil })
        #expect(refuses { $0.steps[step].deleted = [.max] })
        #expect(refuses { $0.steps[step].deleted = [.min, .max] })
        #expect(refuses { $0.steps[step].inserted = $0.steps[step].deleted })
        #expect(refuses { $0.steps[step].unmasked[0].position = .max })
        #expect(refuses { $0.steps[step].unmasked[0].token = 0 })
        #expect(refuses { $0.steps[step].committed = [5] })
        #expect(refuses { $0.steps[step].start = .min })
        #expect(refuses { $0.steps[step].forwards = .max })
        #expect(refuses { $0.header.blocks?.begin = .min })
        #expect(refuses { $0.header.blocks?.length = .max })
        #expect(refuses { $0.header.blocks?.length = 0 })
        #expect(refuses { $0.header.blocks?.end = .max })
        #expect(refuses { $0.header.blocks?.suffix = [-1] })
        #expect(refuses { $0.header.prompt = [] })
        #expect(refuses { $0.header.options.maxTokens = .max })
        #expect(refuses { $0.steps.append($0.steps[step]) })
    }

    @Test("Options that contradict each other are refused")
    func options() throws {
        func refuses(_ change: (inout DenoisingOptions) -> Void, suffix: [TokenID] = []) -> Bool {
            var options = DenoisingOptions(
                rule: DenoisingRule(.surest(1)),
                window: .whole,
                blockLength: 8,
                maxTokens: 8,
                maskToken: 0
            )
            options.lengthTokens = Self.special
            change(&options)
            let code = { () -> CinnabarError.Code? in
                do {
                    _ = try BlockSession(network: ToyDenoiser(), prompt: [5], suffix: suffix, options: options)
                    return nil
                } catch { return (error as? CinnabarError)?.code }
            }()
            return code == .invalidArgument
        }
        #expect(!refuses { _ in })
        #expect(refuses { $0.lengthTokens?.insert = 3 })
        #expect(refuses { $0.lengthTokens?.delete = 0 })
        #expect(refuses { $0.lengthTokens?.delete = 12 })
        #expect(refuses { $0.maxTokens = 9 })
        #expect(refuses { $0.firstLength = 0 })
        #expect(refuses { $0.maxInsertions = -1 })
        #expect(refuses { $0.cache = .dual })
        #expect(refuses { $0.window = .growing })
        #expect(refuses { $0.window = .blocks })
        #expect(refuses({ ($0.lengthTokens, $0.window) = (nil, .blocks) }, suffix: [5]))
        #expect(refuses({ _ in }, suffix: [12]))
    }
}
