import Cinnabar
import Common
import Testing

@Suite("Sessions of the default model at the same time", .serialized)
struct ConcurrentSessionTests {
    private static let model = Result { try Model(threads: 2) }

    private struct Job: Sendable {
        var prompt: String
        var options: GenerationOptions
    }

    private static let jobs: [Job] = {
        var random = SplitMix64(seed: 71)
        let beginning = "import os\nimport sys\n\n\nclass Stack:\n    def __init__(self):\n        self.items = []\n\n"
        return (0..<24).map { index in
            Job(
                prompt: beginning + ["    def push(", "    def pop(self", "def main(", "x = "][index % 4],
                options: GenerationOptions(
                    mode: Mode.allCases[index % 4 == 3 ? 0 : (index / 4) % 4],
                    maxTokens: Int.random(in: 1...40, using: &random),
                    temperature: index % 2 == 0 ? 0 : 0.9,
                    seed: UInt64(index),
                    constraint: index % 4 == 3 ? .json : nil,
                    stop: index % 5 == 0 ? ["\n\n", "return"] : []
                )
            )
        }
    }()

    @Test("Each text is what it is alone")
    func independence() async throws {
        let model = try Self.model.get()
        let together = try await withThrowingTaskGroup(of: (Int, GenerationResult).self) { group in
            for (index, job) in Self.jobs.enumerated() {
                group.addTask { (index, try await model.generate(job.prompt, options: job.options).result()) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (index, job) in Self.jobs.enumerated() {
            let fresh = try Model(threads: 1)
            let alone = try await fresh.generate(job.prompt, options: job.options).result()
            let result = try #require(together[index])
            #expect(result.text == alone.text, "job \(index)")
            #expect(result.forwards == alone.forwards && result.finishReason == alone.finishReason, "job \(index)")
        }
    }

    @Test("Live states are beginnings of the result, before any stop text", arguments: Mode.allCases)
    func live(mode: Mode) async throws {
        let model = try Self.model.get()
        let plain = try await model.generate(
            "def add(a, b):\n",
            options: GenerationOptions(mode: mode, maxTokens: 60)
        ).result()
        // A stop text from the middle of what would be written, across tokens.
        let middle = Array(plain.text).dropFirst(12).prefix(3)
        let options = GenerationOptions(mode: mode, maxTokens: 60, stop: [String(middle)])
        let session = try model.generate("def add(a, b):\n", options: options)
        var shown: [String] = []
        for try await state in session.live() { shown.append(state.text) }
        let result = try await session.result()
        for text in shown { #expect(result.text.hasPrefix(text)) }
        #expect(shown.last == result.text)
        #expect(result.finishReason == .stop && result.stopSequence == String(middle))
        #expect(plain.text.hasPrefix(result.text) && !result.text.contains(String(middle)))
        #expect(plain.text.dropFirst(result.text.count).hasPrefix(String(middle)))
    }

    @Test("A stop text under a constraint leaves valid text")
    func stopUnderConstraint() async throws {
        let model = try Self.model.get()
        for mode in Mode.allCases {
            let options = GenerationOptions(
                mode: mode,
                maxTokens: 60,
                constraint: try .regex("\\[[0-9]{2}(, [0-9]{2}){3}\\]"),
                stop: [", "]
            )
            let result = try await model.generate("x = ", options: options).result()
            #expect(result.stopSequence == ", ")
            #expect(try #/\[[0-9]{2}(, [0-9]{2}){3}\]/#.wholeMatch(in: result.text) != nil, "\(mode): \(result.text)")
        }
    }

    @Test("Scores: greedy text is the most probable token at each place, and a text's score is its parts'")
    func scores() async throws {
        let model = try Self.model.get()
        let prompt = "def fibonacci(n):\n    "
        let options = GenerationOptions(mode: .autoregressive, maxTokens: 20, topLogprobs: 5)
        let result = try await model.generate(prompt, options: options).result()
        #expect(result.scores.count == result.tokens)
        for score in result.scores {
            #expect(score.top.count == 5 && score.top[0] == score.token)
            #expect(zip(score.top, score.top.dropFirst()).allSatisfy { $0.logprob >= $1.logprob })
            #expect(score.token.logprob <= 0)
        }
        #expect(result.scores.flatMap(\.token.bytes) == Array(result.text.utf8))
        let whole = try await model.score(prompt, continuations: [result.text])[0]
        #expect(whole.map(\.token.bytes).flatMap(\.self) == Array(result.text.utf8))
        if whole.map(\.token) == result.scores.map(\.token) { return }
        // The tokenizer may write the text in other tokens than the model did; then only the bytes agree.
        #expect(whole.count != result.scores.count || whole.map(\.token.text) != result.scores.map(\.token.text))
    }

    @Test("A draft of the text to be written saves forwards, and changes nothing")
    func draft() async throws {
        let model = try Self.model.get()
        let options = GenerationOptions(mode: .lossless, maxTokens: 60, temperature: 0.9, seed: 3)
        let plain = try await model.generate("class Point:\n    def __init__(", options: options).result()
        var drafted = options
        drafted.draft = plain.text
        let result = try await model.generate("class Point:\n    def __init__(", options: drafted).result()
        #expect(result.text == plain.text)
        #expect(result.forwards < plain.forwards)
    }

    @Test("Control: pins hold, and what contradicts them is refused")
    func pins() async throws {
        let model = try Self.model.get()
        let session = try model.generate("x = ", options: GenerationOptions(mode: .quality, maxTokens: 40))
        let start = await session.state()
        let pinned = try await session.pin("return", at: 9)
        #expect(pinned.version > start.version)
        #expect(
            await #expect(throws: CinnabarError.self) {
                try await session.constrain(to: .choice(["[1, 2]", "None"]), takingBack: true)
            } != nil
        )
        #expect(await session.state() == pinned)
        _ = try await session.result()
        #expect(await session.finalTokens()[9] == "return")
        let replayed = try model.replay(trace: await session.trace())
        #expect(try await session.result().text == replayed)
    }

    @Test("Control: final text is taken back, replaced, put under a constraint", arguments: Mode.allCases)
    func rollBack(mode: Mode) async throws {
        let model = try Self.model.get()
        let session = try model.generate("x = ", options: GenerationOptions(mode: mode, maxTokens: 40))
        _ = try await session.result()
        let tokens = await session.finalTokens()
        try #require(tokens.count > 4)
        let cut = try await session.rollBack(to: 3)
        #expect(cut.text == tokens.prefix(3).joined() && cut.finalTokenCount == 3)
        let replaced = try await session.replace(1..<2, with: "[1")
        #expect(replaced.text.hasPrefix(tokens[0] + "[1"))
        let replacedTokens = await session.finalTokens()
        let text = try await session.result().text
        #expect(text.hasPrefix(replacedTokens.joined()))
        #expect(try model.replay(trace: await session.trace()) == text)
        try await session.constrain(to: .choice(["[1, 2]", "None"]), takingBack: true)
        #expect(["[1, 2]", "None"].contains(try await session.result().text))
        try await session.constrain(to: nil)
        await #expect(throws: CinnabarError.self) { try await session.rollBack(to: 1000) }
    }
}
