import Cinnabar
import Common
import Testing

@Suite("Stop texts")
struct StopTextTests {
    @Test("The first one is found, and a beginning of one waits")
    func bruteForce() throws {
        for seed in UInt64(1)...2000 {
            var random = SplitMix64(seed: seed)
            func word(_ longest: Int) -> String {
                String(
                    (0..<Int.random(in: 1...longest, using: &random)).map { _ in "ab".randomElement(using: &random)! }
                )
            }
            let stops = try StopTexts((0..<Int.random(in: 1...3, using: &random)).map { _ in word(4) })
            let text = Array(word(12).utf8)
            let starts = text.indices.filter { start in stops.texts.contains { text[start...].starts(with: $0) } }
            #expect(stops.first(in: text)?.start == starts.first, "seed \(seed)")
            // Some continuation makes a stop text of exactly what is held back, and of nothing longer.
            let begun = stops.begun(atEndOf: text)
            let possible = (1...text.count).filter { count in
                stops.texts.contains { $0.count > count && $0.starts(with: text.suffix(count)) }
            }
            #expect(begun == possible.max() ?? 0, "seed \(seed)")
        }
    }

    @Test("Empty, endless and too many stop texts are refused")
    func refusals() {
        for stop in [[""], [String(repeating: "x", count: 5000)], Array(repeating: "x", count: 65)] {
            #expect(throws: CinnabarError.self) { try StopTexts(stop) }
        }
    }
}
