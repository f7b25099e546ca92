import Common
import Constraints
import Diffusion
import Models
import TestSupport
import Testing

@Suite("Control from outside, between two forwards")
struct ControlTests {
    private typealias Toy = DecodingSession<ToyDenoiser>

    /// What must not change where an intervention is refused.
    private struct Standing: Equatable {
        var step: DecodingStep
        var version: Int
        var cache: [TokenID]?
        var completion: [TokenID]?

        init(_ session: some TextWriter<ToyDenoiser>) throws {
            (step, version, cache) = (session.standing, session.version, session.exactCache?.tokens)
            completion = try session.validity?.completion()
        }
    }

    /// A random intervention; what it demands of the final text, if it is accepted.
    private func intervene(
        _ session: inout some TextWriter<ToyDenoiser>,
        _ pins: inout [Int: TokenID],
        _ random: inout SplitMix64
    ) throws {
        let count = session.text.count
        func token() -> TokenID { TokenID.random(in: 0...13, using: &random) }
        switch Int.random(in: 0..<7, using: &random) {
        case 0, 1:
            let position = Int.random(in: -1...count + 8, using: &random)
            let token = token()
            try session.pin([position: token])
            pins[position] = token
        case 2:
            let begin = Int.random(in: 0...count + 2, using: &random)
            let range = begin..<begin + Int.random(in: 0...3, using: &random)
            let canvas = session.standing.canvas
            try session.lock(range)
            for position in range {
                let cell = position + session.prompt.count - canvas.start
                pins[position] = position < count ? session.text[position] : canvas.cells[cell].token
            }
        case 3:
            guard let position = pins.keys.sorted().randomElement(using: &random) else { return }
            try session.unpin(position)
            pins[position] = nil
        case 4:
            try session.rollBack(
                to: Int.random(in: -1...count + 1, using: &random),
                keepsDraft: Bool.random(using: &random)
            )
        case 5:
            let begin = Int.random(in: 0...max(0, count), using: &random)
            let range = begin..<min(count, begin + Int.random(in: 0...3, using: &random))
            guard range.lowerBound <= range.upperBound else { return }
            let tokens = (0..<Int.random(in: 0...3, using: &random)).map { _ in token() }
            try session.replace(range, with: tokens, isDraftKept: true)
        default:
            let constraint =
                try Bool.random(using: &random)
                ? ConstrainedDecodingTests.constraint(ConstrainedDecodingTests.grammar(&random)) : nil
            try session.constrain(to: constraint, mayRollBack: Bool.random(using: &random))
        }
    }

    /// How much a run has put to the test.
    private struct Counts {
        var accepted = 0, refused = 0, pinned = 0, constrained = 0
    }

    /// Writes a text with interventions on the way, and checks all that must hold.
    private func write(
        _ session: inout some TextWriter<ToyDenoiser>,
        _ random: inout SplitMix64,
        _ counts: inout Counts,
        _ comment: Comment
    ) throws {
        var trace = session.emptyTrace
        var pins: [Int: TokenID] = [:]
        for _ in 0..<12 {
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                if let step = try session.next() { trace.append(step) }
            }
            let before = try Standing(session)
            do {
                try intervene(&session, &pins, &random)
                counts.accepted += 1
            } catch is CinnabarError {
                counts.refused += 1
                #expect(try Standing(session) == before, comment)
            }
        }
        while let step = try session.next() { trace.append(step) }
        // What was done behind the last forward.
        if !session.standing.interventions.isEmpty { trace.append(session.standing) }
        for (position, token) in pins where position < session.text.count {
            #expect(session.text[position] == token, "\(comment), pin at \(position)")
            counts.pinned += 1
        }
        if let validity = session.validity {
            #expect(try validity.completion() == session.text, comment)
            let state = try session.text.reduce(validity.automaton.start) { try validity.automaton.next($0, $1) }
            #expect(try validity.automaton.isAccepting(state), "\(comment): \(session.text)")
            counts.constrained += 1
        }
        #expect(session.text.count <= 24, comment)
        #expect(try trace.replay().tokens == session.text, comment)
        #expect(try Trace(jsonLines: trace.jsonLines()) == trace, comment)
    }

    @Test(
        "Pins and locks hold, the text satisfies the last constraint, refusals change nothing, traces replay",
        arguments: [DecodingMode.quality, .speed, .lossless, .autoregressive]
    )
    func random(mode: DecodingMode) throws {
        var counts = Counts()
        for seed in UInt64(1)...250 {
            var random = SplitMix64(seed: seed)
            let toy = ToyDenoiser(seed: seed, agreement: 0.7)
            let options = toyOptions(mode) {
                ($0.seed, $0.maxTokens) = (seed, 24)
                $0.temperature = Bool.random(using: &random) ? 0 : 0.8
            }
            var session = try Toy(network: toy, prompt: randomPrompt(&random), options: options)
            try write(&session, &random, &counts, "seed \(seed)")
        }
        #expect(counts.accepted > 1000 && counts.refused > 200 && counts.pinned > 50 && counts.constrained > 50)
    }

    /// Options of a loop that writes blocks, of every kind that keeps its length.
    private static func blocks(_ random: inout SplitMix64) -> DenoisingOptions {
        let choices: [DenoisingRule.Choice] = [
            .scheduled(.even(steps: 4)), .surest(2), .threshold(0.4), .thresholdOrScheduled(0.5, .even(steps: 4)),
            .entropyBudget(0.5), .entropyBelow(1, penalty: 0.1), .remasking(steps: 5),
        ]
        let windows: [DenoisingOptions.Window] = [.whole, .growing, .blocks, .blocksBehindPrompt]
        var options = DenoisingOptions(
            rule: DenoisingRule(choices.randomElement(using: &random) ?? .surest(1)),
            window: windows.randomElement(using: &random) ?? .blocks,
            blockLength: Int.random(in: 1...9, using: &random),
            maxTokens: 24,
            maskToken: 0
        )
        options.endTokens = [2]
        options.suppressedTokens = [1]
        options.seed = random.next()
        options.temperature = Bool.random(using: &random) ? 0 : 0.8
        options.prefillChunk = Int.random(in: 1...16, using: &random)
        if options.window == .blocks || options.window == .blocksBehindPrompt {
            options.seedsBlocks = Bool.random(using: &random)
        }
        return options
    }

    @Test("The same of texts that are written in blocks")
    func randomBlocks() throws {
        var counts = Counts()
        for seed in UInt64(1)...500 {
            var random = SplitMix64(seed: seed)
            var session = try BlockSession(
                network: ToyDenoiser(seed: seed, agreement: 0.7),
                prompt: randomPrompt(&random),
                options: Self.blocks(&random)
            )
            try write(&session, &random, &counts, "blocks, seed \(seed)")
        }
        #expect(counts.accepted > 2000 && counts.refused > 400 && counts.pinned > 100 && counts.constrained > 100)
    }

    @Test("Behind whole blocks that were replaced a text goes on as behind the same blocks given from the start")
    func replacedBlocks() throws {
        var compared = 0
        for seed in UInt64(1)...300 {
            var random = SplitMix64(seed: seed)
            let options = Self.blocks(&random)
            let (network, prompt) = (ToyDenoiser(seed: seed, agreement: 0.7), randomPrompt(&random))
            var session = try BlockSession(network: network, prompt: prompt, options: options)
            while try session.next() != nil {}
            let length = options.blockLength
            let first = options.window == .blocks ? (length - prompt.count % length) % length : 0
            let count = first + length * Int.random(in: 0...2, using: &random)
            guard count <= session.text.count, count < options.maxTokens else { continue }
            // What stood there, or other tokens.
            let isOther = Bool.random(using: &random)
            let given = (0..<count).map { isOther ? TokenID.random(in: 3..<12, using: &random) : session.text[$0] }
            let whole = session.text
            try session.replace(0..<session.text.count, with: given, isDraftKept: false)
            while try session.next() != nil {}
            var other = try BlockSession(network: network, prompt: prompt, options: options)
            try other.pin(Dictionary(uniqueKeysWithValues: given.enumerated().map { ($0, $1) }))
            while try other.next() != nil {}
            #expect(session.text == other.text, "seed \(seed)")
            if !isOther { #expect(session.text == whole, "seed \(seed)") }
            compared += 1
        }
        #expect(compared > 100)
    }

    @Test("A text whose length the network changes takes no intervention")
    func variableLength() throws {
        var random = SplitMix64(seed: 9)
        var (session, _) = try LengthTests.rewriting(&random)
        let error = #expect(throws: CinnabarError.self) { try session.pin([0: 5]) }
        #expect(error?.code == .unsupported)
    }

    @Test("Text that was taken back and is written again is the same text", arguments: DecodingMode.allCases)
    func rollBack(mode: DecodingMode) throws {
        for seed in UInt64(1)...60 {
            var random = SplitMix64(seed: seed)
            let toy = ToyDenoiser(seed: seed, lowest: 3)
            let options = toyOptions(mode) {
                ($0.seed, $0.suppressedTokens, $0.temperature) = (seed, [2], 0.7)
                ($0.tauClose, $0.tolerance) = mode == .speed ? ($0.tauClose, $0.tolerance) : (1, 1)
            }
            let prompt = randomPrompt(&random)
            var session = try Toy(network: toy, prompt: prompt, options: options)
            _ = try session.run()
            let text = session.text
            let kept = Int.random(in: 0...text.count, using: &random)
            try session.rollBack(to: kept, keepsDraft: Bool.random(using: &random))
            #expect(session.text == Array(text.prefix(kept)))
            _ = try session.run()
            // Only the causal stream's text does not depend on what the canvas looked like.
            if mode == .autoregressive || mode == .lossless { #expect(session.text == text, "seed \(seed)") }
        }
    }

    @Test("Other text in the middle: what follows is what would have followed it from the start")
    func replace() throws {
        for seed in UInt64(1)...60 {
            var random = SplitMix64(seed: seed)
            let toy = ToyDenoiser(seed: seed)
            let options = toyOptions(.lossless) { $0.maxTokens = 30 }
            let prompt = randomPrompt(&random)
            var session = try Toy(network: toy, prompt: prompt, options: options)
            for _ in 0..<3 { _ = try session.next() }
            let at = Int.random(in: 0...session.text.count, using: &random)
            let given: [TokenID] = [5, 7]
            let kept = Array(session.text.prefix(at))
            try session.replace(at..<min(at + 1, session.text.count), with: given, isDraftKept: true)
            _ = try session.run()
            let fresh = toyOptions(.autoregressive) { $0.maxTokens = 30 - at - 2 }
            var oracle = try Toy(network: toy, prompt: prompt + kept + given, options: fresh)
            _ = try oracle.run()
            #expect(session.text == kept + given + oracle.text, "seed \(seed)")
        }
    }

    @Test("A refusal names the pin and why")
    func refusals() throws {
        let toy = ToyDenoiser()
        let constraint = try ConstrainedDecodingTests.constraint(Grammar(start: .star(.text("ab"))))
        for mode in DecodingMode.allCases {
            var session = try Toy(network: toy, prompt: [3], options: toyOptions(mode), constraint: constraint)
            let error = #expect(throws: CinnabarError.self) { try session.pin([0: 4]) }
            #expect(error?.description.contains("position 0") == true)
        }
    }
}
