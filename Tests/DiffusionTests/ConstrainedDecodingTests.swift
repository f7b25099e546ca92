import Common
import Constraints
import Diffusion
import TestSupport
import Testing

@Suite("Decoding under a constraint")
struct ConstrainedDecodingTests {
    /// The texts of the toy's tokens; mask, padding and end marker have none.
    static let words = ["", "", "", "a", "b", "c", "ab", "bc", "aa", "cab", "ca", "bb"].map { Array($0.utf8) }
    static let vocabulary = VocabularyTrie(words)

    static func constraint(_ grammar: Grammar, spelling: Bool = true) throws -> TextConstraint {
        TextConstraint(try TokenAutomaton(grammar, vocabulary: vocabulary)) { bytes in
            spelling ? greedy(bytes) : []
        }
    }

    /// The longest word first.
    private static func greedy(_ bytes: [UInt8]) -> [TokenID] {
        var (tokens, rest) = ([TokenID](), bytes[...])
        while !rest.isEmpty {
            let fitting = words.indices.filter { !words[$0].isEmpty && rest.starts(with: words[$0]) }
            guard let best = fitting.max(by: { words[$0].count < words[$1].count }) else { return [] }
            tokens.append(TokenID(best))
            rest = rest.dropFirst(words[best].count)
        }
        return tokens
    }

    /// Some strings of up to six letters.
    static func strings(_ random: inout SplitMix64) -> [[UInt8]] {
        (0..<Int.random(in: 1...6, using: &random)).map { _ in
            (0..<Int.random(in: 0...6, using: &random)).map { _ in
                Array("abc".utf8)[Int.random(in: 0..<3, using: &random)]
            }
        }
    }

    static func grammar(_ random: inout SplitMix64) -> Grammar {
        func text(_ text: String) -> Language { .text(text) }
        let nested = Grammar.Rule(
            name: "nested",
            language: .choice([text("c"), .sequence([text("a"), .rule(0), text("b")])])
        )
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return Grammar(start: .choice(strings(&random).map(Language.bytes)))
        case 1: return Grammar(start: .star(.choice([text("ab"), text("c")])))
        case 2: return Grammar(start: .rule(0), rules: [nested])
        case 3: return Grammar(start: .sequence([text("aab"), .optional(text("cab")), .star(text("ca")), text("bb")]))
        default:
            let even = Language.star(.sequence([.byte(ByteSet("abc".utf8)), .byte(ByteSet("abc".utf8))]))
            return Grammar(start: .intersection([even, .complement(.sequence([text("b"), .star(.byte(.all))]))]))
        }
    }

    /// Whether tokens from `position` on can spell a string before the limit, pinned ones among them.
    private func fits(_ bytes: ArraySlice<UInt8>, _ position: Int, _ limit: Int, _ pins: [Int: TokenID]) -> Bool {
        if bytes.isEmpty { return position <= limit && pins.keys.allSatisfy { $0 < position } }
        guard position < limit else { return false }
        return Self.words.indices.contains { token in
            let word = Self.words[token]
            guard !word.isEmpty, bytes.starts(with: word), pins[position].map({ $0 == token }) != false else {
                return false
            }
            return fits(bytes.dropFirst(word.count), position + 1, limit, pins)
        }
    }

    /// Left-to-right decoding by its definition: the best token behind which one of the strings can still be ended in time,
    /// with all pins where they belong.
    private func bruteForce(
        _ toy: ToyDenoiser,
        _ prompt: [TokenID],
        _ options: DecodingOptions,
        _ strings: [[UInt8]],
        pins: [Int: TokenID]
    ) -> [TokenID]? {
        var text: [TokenID] = []
        func spelled(_ tokens: [TokenID]) -> [UInt8] { tokens.flatMap { Self.words[Int($0)] } }
        func canEnd(_ tokens: [TokenID]) -> Bool {
            let bytes = spelled(tokens)
            return strings.contains {
                $0.starts(with: bytes) && fits($0[bytes.count...], tokens.count, options.maxTokens, pins)
            }
        }
        guard canEnd([]) else { return nil }
        while text.count < options.maxTokens {
            var row = toy.causalRow(after: prompt + text).map { Double($0) }
            for token in row.indices {
                let mayEnd = strings.contains(spelled(text)) && pins.keys.allSatisfy { $0 < text.count }
                let mayStand = token > 2 && pins[text.count].map { $0 == token } != false
                let isAllowed = token == 2 ? mayEnd : mayStand && canEnd(text + [TokenID(token)])
                let position = prompt.count + text.count
                if options.temperature > 0 {
                    row[token] /= options.temperature
                    row[token] += CounterNoise.gumbel(seed: options.seed, position: position, token: token)
                }
                if !isAllowed { row[token] = -.infinity }
            }
            let best = row.indices.max { (row[$0], $1) < (row[$1], $0) } ?? 0
            if best == 2 { break }
            text.append(TokenID(best))
        }
        return text
    }

    @Test("autoregressive text is the brute-force choice among what can be ended", arguments: [0, 0.8])
    func autoregressive(temperature: Double) throws {
        var random = SplitMix64(seed: 41)
        var (refused, pinned) = (0, 0)
        for round in 0..<800 {
            let toy = ToyDenoiser(seed: random.next())
            let prompt = randomPrompt(&random)
            let strings = Self.strings(&random)
            let options = toyOptions(.autoregressive) {
                $0.temperature = temperature
                $0.seed = UInt64(round)
                $0.maxTokens = Int.random(in: 1...6, using: &random)
            }
            var pins: [Int: TokenID] = [:]
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                pins[Int.random(in: 0..<options.maxTokens, using: &random)] = TokenID.random(in: 3..<12, using: &random)
            }
            let constraint = try Self.constraint(Grammar(start: .choice(strings.map(Language.bytes))), spelling: false)
            func start() throws -> DecodingSession<ToyDenoiser> {
                try .init(network: toy, prompt: prompt, options: options, pins: pins, constraint: constraint)
            }
            guard let expected = bruteForce(toy, prompt, options, strings, pins: pins) else {
                refused += 1
                #expect(throws: CinnabarError.self) { try start() }
                continue
            }
            if !pins.isEmpty { pinned += 1 }
            var session = try start()
            _ = try session.run()
            #expect(session.text == expected, "round \(round): \(strings), \(pins)")
        }
        #expect(refused > 5 && pinned > 50)
    }

    @Test("lossless text is autoregressive text, whatever the drafts", arguments: [0, 0.8], [1, 0.5, 0])
    func lossless(temperature: Double, agreement: Double) throws {
        var random = SplitMix64(seed: 42)
        var (forwards, baseline, pinned) = (0, 0, 0)
        for round in 0..<300 {
            let toy = ToyDenoiser(seed: random.next(), agreement: agreement)
            let prompt = randomPrompt(&random)
            let constraint = try Self.constraint(Self.grammar(&random))
            let pin = Int.random(in: 0..<8, using: &random)
            let pins = round % 2 == 0 ? [:] : [pin: TokenID.random(in: 3..<12, using: &random)]
            let change: (inout DecodingOptions) -> Void = {
                $0.temperature = temperature
                $0.seed = UInt64(round)
                $0.maxTokens = 24
            }
            func start(_ mode: DecodingMode) throws -> DecodingSession<ToyDenoiser> {
                let options = toyOptions(mode, change)
                return try .init(network: toy, prompt: prompt, options: options, pins: pins, constraint: constraint)
            }
            guard var drafted = try? start(.lossless) else {
                #expect(throws: CinnabarError.self) { try start(.autoregressive) }
                continue
            }
            var plain = try start(.autoregressive)
            pinned += pins.count
            _ = try drafted.run()
            _ = try plain.run()
            #expect(drafted.text == plain.text && drafted.finish == plain.finish, "round \(round)")
            forwards += drafted.forwards
            baseline += plain.forwards
            #expect(plain.forwards <= plain.text.count + 1)
        }
        #expect(forwards <= baseline && pinned > 20)
    }

    @Test("every mode writes valid text, also when it is broken off", arguments: DecodingMode.allCases)
    func alwaysValid(mode: DecodingMode) throws {
        var random = SplitMix64(seed: 43)
        print("constrained decoding: seed 43")
        var brokenOff = 0
        for round in 0..<1000 {
            let toy = CanvasModeTests.randomToy(&random)
            let prompt = randomPrompt(&random)
            let grammar = Self.grammar(&random)
            var recogniser = try Recogniser(grammar)
            var options = toyOptions(mode) { _ in }
            if mode == .quality {
                options = CanvasModeTests.randomOptions(&random)
                options.padToken = 1
            }
            options.maxTokens = Int.random(in: 6...40, using: &random)
            options.temperature = Bool.random(using: &random) ? 0 : 0.9
            options.seed = random.next()
            var session = try DecodingSession(
                network: toy,
                prompt: prompt,
                options: options,
                constraint: Self.constraint(grammar)
            )
            let stop = Bool.random(using: &random) ? Int.random(in: 0...10, using: &random) : .max
            var steps = 0
            while steps < stop, try session.next() != nil { steps += 1 }
            if session.finish == nil { brokenOff += 1 }
            let text = try session.text + session.ending()
            let bytes = text.flatMap { Self.words[Int($0)] }
            #expect(try recogniser.accepts(bytes), "round \(round): \(String(decoding: bytes, as: UTF8.self))")
            #expect(text.count <= options.maxTokens, "round \(round)")
            #expect(session.forwards <= session.forwardBound, "round \(round)")
        }
        #expect(brokenOff > 50)
    }

    @Test("pins stand where they were put, in text that is valid", arguments: DecodingMode.allCases)
    func pins(mode: DecodingMode) throws {
        var random = SplitMix64(seed: 44)
        var kept = 0
        for round in 0..<400 {
            let toy = CanvasModeTests.randomToy(&random)
            let grammar = Self.grammar(&random)
            var options = CanvasModeTests.randomOptions(&random)
            options.take(mode)
            (options.padToken, options.maxTokens) = (1, 16)
            options.sampling.topK = Bool.random(using: &random) ? 1 : nil
            let position = Int.random(in: 0..<6, using: &random)
            let pin = TokenID.random(in: 3..<12, using: &random)
            let made = try? DecodingSession(
                network: toy,
                prompt: [5],
                options: options,
                pins: [position: pin],
                constraint: Self.constraint(grammar)
            )
            guard var session = made else { continue }
            kept += 1
            _ = try session.run()
            #expect(session.text.count > position && session.text[position] == pin, "round \(round)")
            var recogniser = try Recogniser(grammar)
            #expect(try recogniser.accepts(session.text.flatMap { Self.words[Int($0)] }), "round \(round)")
        }
        #expect(kept > 40)
    }

    @Test("beside a constraint, also one that comes later, no token leaves the canvas in the forward that wrote it")
    func secondLook() throws {
        var random = SplitMix64(seed: 46)
        var seen = 0
        for round in 0..<200 {
            let options = toyOptions(.quality) { ($0.settle, $0.lag, $0.maxTokens) = (0, 0, 24) }
            #expect(options.tauVeto > 0)
            let constraint = try Self.constraint(Grammar(start: .star(.choice([.text("a"), .text("b"), .text("c")]))))
            let comesLater = Bool.random(using: &random)
            var session = try DecodingSession(
                network: CanvasModeTests.randomToy(&random),
                prompt: [5],
                options: options,
                constraint: comesLater ? nil : constraint
            )
            if comesLater {
                for _ in 0..<3 { _ = try session.next() }
                try session.constrain(to: constraint, mayRollBack: true)
            }
            var front = session.prompt.count + session.text.count
            while let step = try session.next() {
                let left = front..<front + step.committed.count
                #expect(!step.unmasked.contains { left.contains($0.position) }, "round \(round)")
                seen += step.committed.count
                front += step.committed.count
            }
        }
        #expect(seen > 500)
    }

    @Test("a draft that violates the constraint is overruled") func drafts() throws {
        var random = SplitMix64(seed: 45)
        for round in 0..<300 {
            let grammar = Self.grammar(&random)
            var options = CanvasModeTests.randomOptions(&random)
            (options.mode, options.padToken, options.maxTokens) = (.quality, 1, 16)
            let draft = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                TokenID.random(in: 3..<12, using: &random)
            }
            var session = try DecodingSession(
                network: CanvasModeTests.randomToy(&random),
                prompt: [5],
                options: options,
                draft: draft,
                constraint: Self.constraint(grammar)
            )
            _ = try session.run()
            var recogniser = try Recogniser(grammar)
            #expect(try recogniser.accepts(session.text.flatMap { Self.words[Int($0)] }), "round \(round)")
        }
    }
}
