import Common
import Diffusion
import TestSupport
import Testing

@Suite("Parallel modes")
struct CanvasModeTests {
    /// Options of all kinds, for networks of all kinds.
    static func randomOptions(_ random: inout SplitMix64) -> DecodingOptions {
        parallelOptions(Bool.random(using: &random) ? .quality : .speed) {
            $0.canvasLength = Int.random(in: 1...16, using: &random)
            $0.window = Bool.random(using: &random) ? .sliding : .fixed
            $0.lag = Int.random(in: 0..<min(5, $0.canvasLength), using: &random)
            $0.settle = Int.random(in: 0...2, using: &random)
            $0.maxEditSteps = Int.random(in: 0...5, using: &random)
            $0.gamma = random.uniform() * 3
            $0.tauMin = random.uniform()
            $0.tauEdit = random.uniform()
            $0.tauG = random.uniform()
            $0.tauEnd = random.uniform()
            $0.tauVeto = Bool.random(using: &random) ? 0 : random.uniform()
            $0.maxTokens = Int.random(in: 1...60, using: &random)
            $0.temperature = Bool.random(using: &random) ? 0 : 0.7
            $0.seed = random.next()
            $0.repetitionGuard = Bool.random(using: &random)
            $0.prefillChunk = Int.random(in: 1...8, using: &random)
        }
    }

    static func randomToy(_ random: inout SplitMix64) -> ToyDenoiser {
        ToyDenoiser(
            seed: random.next(),
            agreement: [1, 0.8, 0.3, 0][Int.random(in: 0..<4, using: &random)],
            detectorAgreement: [1, 0.5, 0][Int.random(in: 0..<3, using: &random)]
        )
    }

    @Test(
        "a canvas that predicts perfectly gives the greedy text in fewer forwards",
        arguments: [DecodingMode.quality, .speed]
    )
    func perfect(mode: DecodingMode) throws {
        var random = SplitMix64(seed: 21)
        var tokens = 0
        var forwards = 0
        for round in 0..<200 {
            let toy = ToyDenoiser(seed: random.next(), scale: 400, lowest: round % 2 == 0 ? 3 : 2)
            let prompt = randomPrompt(&random)
            for window in CanvasWindow.allCases {
                let options = parallelOptions(mode) {
                    $0.window = window
                    $0.repetitionGuard = false
                    $0.maxTokens = 120
                    if round % 2 == 0 { $0.suppressedTokens = [2] }
                }
                var session = try DecodingSession(network: toy, prompt: prompt, options: options)
                _ = try session.run()
                let result = try #require(session.result)
                #expect(result.tokens == LosslessTests.bruteForce(toy, prompt, options), "round \(round) \(window)")
                guard result.finish == .length else { continue }
                tokens += result.tokens.count
                forwards += result.forwards
            }
        }
        let tokensPerForward = Double(tokens) / Double(forwards)
        print("\(mode), perfect canvas: \(tokensPerForward) tokens per forward")
        #expect(tokensPerForward > 3)
    }

    @Test("masks behind an expected end cost no rows, and the text stays what it was")
    func expectedEnd() throws {
        var random = SplitMix64(seed: 26)
        var cells = (kept: 0, dropped: 0)
        for round in 0..<200 {
            let toy = ToyDenoiser(seed: random.next(), scale: 12)
            let prompt = randomPrompt(&random)
            func run(_ tauEnd: Double) throws -> (text: [TokenID], cells: Int) {
                // One token a forward, so that the end is in sight for a while.
                let options = parallelOptions(.speed) {
                    ($0.tauMin, $0.tauEnd, $0.tauG, $0.maxTokens) = (1, tauEnd, 0, 40)
                    $0.repetitionGuard = false
                }
                var session = try DecodingSession(network: toy, prompt: prompt, options: options)
                var cells = session.canvas.count
                while let step = try session.next() { cells += step.finish == nil ? step.canvas.count : 0 }
                return (session.text, cells)
            }
            let (kept, dropped) = (try run(1), try run(0.6))
            #expect(kept.text == dropped.text, "round \(round)")
            cells.kept += kept.cells
            cells.dropped += dropped.cells
        }
        #expect(Double(cells.dropped) < 0.8 * Double(cells.kept), "\(cells)")
    }

    @Test("whatever the network says: bound, caps, order of end markers, final text, exact length")
    func adversarial() throws {
        var random = SplitMix64(seed: 22)
        var seen = (edits: 0, revisions: 0, comebacks: 0, vetoes: 0)
        for round in 0..<1500 {
            let toy = Self.randomToy(&random)
            let prompt = randomPrompt(&random)
            let options = Self.randomOptions(&random)
            var session = try DecodingSession(network: toy, prompt: prompt, options: options)
            var board = Board(start: prompt.count)
            while let step = try session.next() {
                try board.apply(step, options: options, note: "round \(round)")
                #expect(session.forwards <= session.forwardBound, "round \(round)")
                guard session.forwards <= session.forwardBound else { return }
            }
            seen.edits += board.edits
            seen.revisions += board.revisions
            seen.comebacks += board.comebacks
            seen.vetoes += board.vetoes
            let result = try #require(session.result)
            #expect(result.tokens == board.text.filter { !options.isEnd($0) }, "round \(round)")
            #expect(!result.tokens.contains { $0 < 3 }, "round \(round)")
            #expect(session.cache.tokens == Array((prompt + result.tokens).prefix(session.cache.length)))
            switch result.finish {
            case .length: #expect(result.tokens.count == options.maxTokens)
            case .stop: #expect(result.tokens.count <= options.maxTokens)
            case .contextLength: Issue.record("context is not full, round \(round)")
            }
        }
        // The rules were put to the test.
        #expect(seen.edits > 1000 && seen.revisions > 100 && seen.comebacks > 10 && seen.vetoes > 1000, "\(seen)")
    }

    @Test("one fixed canvas takes at most B + 2 * B/4 + maxEditSteps forwards")
    func fixedBound() throws {
        var random = SplitMix64(seed: 23)
        for round in 0..<500 {
            var options = Self.randomOptions(&random)
            options.window = .fixed
            options.repetitionGuard = false
            options.tauVeto = 0
            options.maxTokens = options.canvasLength
            let toy = Self.randomToy(&random)
            var session = try DecodingSession(network: toy, prompt: [5], options: options)
            _ = try session.run()
            let quarter = options.canvasLength / 4
            #expect(session.forwards <= options.canvasLength + 2 * quarter + options.maxEditSteps, "round \(round)")
        }
    }

    @Test("pins stay where they are in every mode, and no text ends before the last of them")
    func pins() throws {
        var random = SplitMix64(seed: 24)
        for round in 0..<400 {
            var options = Self.randomOptions(&random)
            options.take(DecodingMode.allCases[round % 4])
            if options.isVerified { options.window = .sliding }
            var pins: [Int: TokenID] = [:]
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                pins[Int.random(in: 0..<options.maxTokens, using: &random)] = TokenID.random(in: 3..<12, using: &random)
            }
            var session = try DecodingSession(
                network: Self.randomToy(&random),
                prompt: randomPrompt(&random),
                options: options,
                pins: pins,
                draft: round % 3 == 0 ? randomPrompt(&random, longest: 80) : []
            )
            for step in try session.run() where !options.isVerified {
                let fixed = Set(pins.keys.map { $0 + session.prompt.count })
                #expect(fixed.isDisjoint(with: step.edited.map(\.position) + step.remasked))
            }
            let result = try #require(session.result)
            for (offset, token) in pins {
                #expect(result.tokens.indices.contains(offset) && result.tokens[offset] == token, "round \(round)")
            }
            #expect(session.forwards <= session.forwardBound)
        }
    }

    @Test("the same seed gives the same steps; chunks of the prompt and neighbours in the batch change nothing")
    func reproducible() throws {
        var random = SplitMix64(seed: 25)
        var distinct = Set<[TokenID]>()
        for round in 0..<200 {
            let toy = Self.randomToy(&random)
            var options = Self.randomOptions(&random)
            options.take(DecodingMode.allCases[round % 4])
            let prompts = (0..<3).map { _ in randomPrompt(&random) }
            let alone = try prompts.map { prompt in
                var session = try DecodingSession(network: toy, prompt: prompt, options: options)
                return try session.run()
            }
            options.prefillChunk = 1 << 20
            var sessions = try prompts.map { try DecodingSession(network: toy, prompt: $0, options: options) }
            var together: [[DecodingStep]] = [[], [], []]
            while true {
                let items = sessions.indices.map { sessions[$0].makeItem() }
                let running = items.indices.filter { items[$0] != nil }
                if running.isEmpty { break }
                for (index, prediction) in zip(running, try toy.forward(items.compactMap { $0 })) {
                    together[index].append(try sessions[index].receive(prediction))
                }
            }
            for (one, other) in zip(alone, together) {
                #expect(one.filter { $0.forwards > 0 } == other, "round \(round)")
            }
            options.temperature = 1
            options.seed = UInt64(round)
            var session = try DecodingSession(network: ToyDenoiser(scale: 1), prompt: [3], options: options)
            _ = try session.run()
            distinct.insert(session.text)
        }
        #expect(distinct.count > 150)
    }

    @Test("a right draft is read, not rewritten: a canvas a forward", arguments: [DecodingMode.quality, .speed])
    func draft(mode: DecodingMode) throws {
        var random = SplitMix64(seed: 26)
        for round in 0..<100 {
            let toy = ToyDenoiser(seed: random.next(), scale: 60, lowest: 3)
            let prompt = randomPrompt(&random)
            let options = parallelOptions(mode) {
                $0.suppressedTokens = [2]
                $0.maxTokens = 96
            }
            let text = LosslessTests.bruteForce(toy, prompt, options)
            var session = try DecodingSession(network: toy, prompt: prompt, options: options, draft: text)
            for step in try session.run() { #expect(step.unmasked + step.edited == [] && step.remasked == []) }
            #expect(session.text == text, "round \(round)")
            // The causal stream judges the last cells in a forward of its own.
            let last = options.tauVeto > 0 ? 1 : 0
            #expect(session.forwards <= 1 + last + 96 / (options.canvasLength - options.lag))
        }
    }

    @Test("a loop is left: the causal stream writes until the text no longer repeats itself")
    func repetitionGuard() throws {
        // The canvas only ever says one token; the causal stream says others.
        let toy = StutteringDenoiser()
        var options = parallelOptions(.speed) { $0.suppressedTokens = [2] }
        options.maxTokens = 120
        options.drafting = .canvas
        for (guarded, expected) in [(false, 1), (true, 5)] {
            options.repetitionGuard = guarded
            var session = try DecodingSession(network: toy, prompt: [4, 5], options: options)
            var trace = session.makeTrace()
            for step in try session.run() {
                trace.append(step)
                // The canvas's stutter is drafted, and never taken for the causal stream's text.
                #expect(step.drafts.allSatisfy { $0 == 7 } && step.accepted == 0)
            }
            #expect(Set(session.text).count >= expected && session.text.count == 120)
            #expect(session.forwards <= session.forwardBound)
            #expect(try trace.replay().tokens == session.text)
        }
        options.repetitionGuard = false
        var session = try DecodingSession(network: toy, prompt: [4, 5], options: options)
        _ = try session.run()
        #expect(Set(session.text) == [7])
    }

    @Test("the context's end ends the text")
    func context() throws {
        for mode in DecodingMode.allCases {
            let toy = ToyDenoiser(contextLength: 20, seed: 3)
            let options = toyOptions(mode) { $0.suppressedTokens = [2] }
            var session = try DecodingSession(network: toy, prompt: [3, 4, 5], options: options)
            _ = try session.run()
            let result = try #require(session.result)
            #expect(result.finish == .contextLength)
            #expect(result.tokens.count == 17)
        }
    }

    @Test("a session goes on with the cache of another that shares its prompt")
    func sharedCache() throws {
        let toy = ToyDenoiser(seed: 9)
        for mode in DecodingMode.allCases {
            let options = toyOptions(mode)
            let cache = toy.makeCache(capacity: 100)
            var first = try DecodingSession(network: toy, prompt: [3, 4, 5, 6], options: options, cache: cache)
            _ = try first.run()
            cache.truncate(to: 3)
            var second = try DecodingSession(network: toy, prompt: [3, 4, 5, 6], options: options, cache: cache)
            _ = try second.run()
            #expect(second.text == first.text)
            #expect(second.result?.prefillTokens == 1)
        }
    }
}
