import Cinnabar
import Diffusion
import Foundation
import Testing
import Tokenizers

/// The model that ships with the package, through the public library.
@Suite struct DefaultModelTests {
    private static let prefix = "def area(width, height):\n    \"\"\"Area of a rectangle.\"\"\"\n"
    private static let suffix = "\n\nprint(area(3, 4))\n"

    private func infill(_ options: GenerationOptions, threads: Int? = nil) async throws -> GenerationResult {
        try await Model(threads: threads).infill(prefix: Self.prefix, suffix: Self.suffix, options: options).result()
    }

    @Test(arguments: Mode.allCases) func writesAndCountsForwards(mode: Mode) async throws {
        let result = try await infill(GenerationOptions(mode: mode, maxTokens: 40))
        #expect(result.tokens > 0 && result.tokens <= 40)
        #expect(result.forwards >= 1)
        #expect(!result.trimmed)
        if mode == .autoregressive, result.finishReason == .stop {
            // The end marker costs a forward and counts as no token.
            #expect(result.forwards == result.tokens + 1)
        }
    }

    @Test(arguments: Mode.allCases, [0, 0.8]) func sameSeedSameTextAtAnyThreadCount(
        mode: Mode,
        temperature: Double
    ) async throws {
        let options = GenerationOptions(mode: mode, maxTokens: 40, temperature: temperature, seed: 7)
        let one = try await infill(options, threads: 1)
        let two = try await infill(options, threads: 2)
        #expect(one.text == two.text)
        #expect(one.forwards == two.forwards)
    }

    /// Verified modes show what the next forward judges: drafts and masks, and some first drafts come true.
    @Test(arguments: [Mode.speed, .lossless]) func verifiedModesShowTheirDrafts(mode: Mode) async throws {
        let options = GenerationOptions(mode: mode, maxTokens: 40)
        let session = try Model().infill(prefix: Self.prefix, suffix: Self.suffix, options: options)
        var states: [CanvasState] = []
        for try await state in session { states.append(state) }
        let result = try await session.result()
        let drafted = states.filter { $0.canvas.contains { $0.status == .decided } }
        #expect(!drafted.isEmpty)
        #expect(drafted.contains { result.text.hasPrefix($0.text + $0.canvas[0].text) && !$0.canvas[0].text.isEmpty })
        #expect(states.last?.canvas.isEmpty == true)
        #expect(zip(states, states.dropFirst()).allSatisfy { $0.version < $1.version })
    }

    @Test func statesGrowTowardsTheResult() async throws {
        let session = try Model().infill(
            prefix: Self.prefix,
            suffix: Self.suffix,
            options: GenerationOptions(maxTokens: 40)
        )
        var last = ""
        var forwards = 0
        for try await state in session {
            #expect(state.text.hasPrefix(last), "committed text never changes")
            #expect(state.forwards >= forwards)
            (last, forwards) = (state.text, state.forwards)
        }
        let result = try await session.result()
        #expect(result.text == last)
        #expect(result.forwards == forwards)
        #expect(try Model().replay(trace: try await session.trace()) == result.text)
        let trace = try Trace(jsonLines: Data(try await session.trace().utf8))
        let replayed = try trace.replay()
        #expect(replayed.tokens.count == result.tokens)
        #expect(replayed.forwards == result.forwards)
    }

    @Test func fingerprintsTellFoldersApart() throws {
        let files = FileManager.default
        let original = try Model()
        let copy = files.temporaryDirectory.appendingPathComponent("cinnabar-\(UUID().uuidString)")
        try files.copyItem(at: original.folder, to: copy)
        defer { try? files.removeItem(at: copy) }
        let known = try original.fingerprint
        #expect(try Model(folder: copy).fingerprint == known)
        try Data("{}".utf8).write(to: copy.appendingPathComponent("generation_config.json"))
        #expect(try Model(folder: copy).fingerprint != known)
    }

    @Test func cancellingStopsBetweenForwards() async throws {
        let session = try Model().generate("def f(", options: GenerationOptions(mode: .autoregressive, maxTokens: 200))
        var iterator = session.makeAsyncIterator()
        for _ in 0..<3 { _ = try await iterator.next() }
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await session.result()
        }
        let result = try await task.value
        #expect(result.finishReason == .cancelled)
        #expect(result.forwards == 3 && result.tokens == 3, "what stood is kept, nothing is added")
    }

    @Test func aHoleInALongFileKeepsWhatIsNearest() async throws {
        let model = try Model()
        let line = { (n: Int) in "value_\(n) = compute(\(n), other=\(n * 7))\n" }
        let before = (0..<4000).map(line).joined()
        let behind = (5000..<9000).map(line).joined()
        let session = try model.infill(prefix: before, suffix: behind, options: GenerationOptions(maxTokens: 8))
        let result = try await session.result()
        #expect(result.trimmed)
        #expect(result.contextTokens <= model.contextLength - 8)
        #expect(result.contextTokens > model.contextLength / 2)
        let prompt = try Trace(jsonLines: Data(try await session.trace().utf8)).header.prompt
        let text = model.tokenizer.decode(prompt)
        #expect(text.contains(line(3999) + "<|fim_middle|>"), "the last line before the hole is whole")
        #expect(text.hasPrefix("<|fim_suffix|>" + line(5000)), "the first line behind it is whole")
        let lines = text.split(separator: "\n")
        let kept = (before: lines.count { $0.contains("value_3") }, behind: lines.count { $0.contains("value_5") })
        #expect(kept.before > kept.behind && kept.behind > 0)
    }

    /// What this machine drafts fastest with changes how lossless text comes about, never the text.
    @Test func anAutomaticCanvasIsRecorded() async throws {
        let model = try Model()
        func fill(_ mode: Mode, _ canvas: CanvasLength) async throws -> (result: GenerationResult, length: Int) {
            let session = try model.infill(
                prefix: "def mean(values):\n",
                suffix: "\n    return total / len(values)\n",
                options: GenerationOptions(mode: mode, canvas: canvas)
            )
            let result = try await session.result()
            return (result, try Trace(jsonLines: Data(try await session.trace().utf8)).header.options.canvasLength)
        }
        let standard = try await fill(.lossless, .standard)
        let automatic = try await fill(.lossless, .automatic)
        #expect(automatic.result.text == standard.result.text)
        #expect((1...64).contains(automatic.result.canvasLength))
        #expect(automatic.length == automatic.result.canvasLength)
        // Measured once: every session of the model gets the same.
        #expect(try await fill(.lossless, .automatic).length == automatic.length)
        #expect(try await fill(.lossless, .tokens(7)).result.canvasLength == 7)
        // A parallel text depends on its canvas, so that no clock may choose it.
        #expect(try await fill(.quality, .automatic).length == fill(.quality, .standard).length)
    }

    @Test func requestsThatCannotBeAreRefused() async throws {
        let model = try Model()
        let long = String(repeating: "x = 1\n", count: 5000)
        #expect(throws: CinnabarError.self) { try model.generate(long) }
        #expect(throws: CinnabarError.self) { try model.generate("x", options: .init(maxTokens: 0)) }
        #expect(throws: CinnabarError.self) { try model.generate("x", options: .init(temperature: -1)) }
        #expect(throws: CinnabarError.self) { try model.generate("x", options: .init(canvas: .tokens(0))) }
        #expect(throws: CinnabarError.self) { try Model(threads: 0) }
        #expect(throws: CinnabarError.self) { try Model(folder: URL(fileURLWithPath: "/nonexistent")) }
        // Nothing at all is a hole too.
        #expect(try await model.infill(prefix: "", suffix: "", options: .init(maxTokens: 4)).result().tokens <= 4)
    }

    /// A text cannot forge special tokens.
    @Test func specialTokensInTextStayText() throws {
        let model = try Model()
        let ids = model.tokenizer.encode("<|eom|><|mask|>")
        #expect(!ids.contains { model.tokenizer.isSpecial($0) })
    }
}
