import Cinnabar
import Testing

@Suite struct TypingTests {
    /// Somebody types in a file that is longer than the context: what the network has computed of it stays of use.
    @Test func typingMovesTheWindowSeldom() async throws {
        let model = try Model()
        func lines(_ range: Range<Int>) -> String {
            range.map { "value_\($0) = compute(\($0), scale=\($0 % 7), label='row \($0)')\n" }.joined()
        }
        let (above, below) = (lines(0..<200), "\n" + lines(200..<300))
        let typed = "total = sum(values[index] for index in range(len(values)) if values[index] > limit)\n"
        var (requests, moved) = (0, 0)
        for count in 1...80 {
            let prefix = above + String(repeating: typed, count: count / 16) + typed.prefix(5 * (count % 16))
            let options = GenerationOptions(maxTokens: 1)
            let result = try await model.infill(prefix: prefix, suffix: below, options: options).result()
            #expect(result.trimmed && result.contextTokens > model.contextLength / 2)
            requests += 1
            if count > 1, result.cachedTokens < result.contextTokens / 2 { moved += 1 }
        }
        // 400 letters are a few stretches; line by line it were more than ten times.
        #expect(requests == 80 && moved <= 4, "moved \(moved) times")
    }
}
