import Common
import Foundation
import Testing
import Tokenizers

@Suite struct NormalizerTests {
    /// A vocabulary of bytes alone shows the normalised text.
    private func normalized(_ bytes: [UInt8], _ normalizer: Normalizer = .nfc) throws -> [UInt8] {
        let tokenizer = try Tokenizer(
            tokens: (0...255).map { [$0] },
            merges: [],
            addedTokens: [],
            preTokenizer: .qwen2,
            normalizer: normalizer
        )
        return tokenizer.bytes(of: tokenizer.encode(bytes: bytes))
    }

    private func normalized(_ text: String) throws -> String {
        String(decoding: try normalized(Array(text.utf8)), as: UTF8.self)
    }

    @Test func runsAreComposedAsTheWholeIs() throws {
        let parts: [Unicode.Scalar] = [
            "a", "e", "o", " ", "\n", "é", "ª", "\u{300}", "\u{301}", "\u{302}", "\u{323}", "\u{345}", "\u{1100}",
            "\u{1161}",
            "\u{11A8}", "\u{9C7}", "\u{9BE}", "\u{212B}", "\u{F900}", "日", "\u{1D15E}", "\u{344}",
        ]
        var changed = 0
        for seed in 0..<2000 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0..<20, using: &random) {
                text.append(parts[Int.random(in: 0..<parts.count, using: &random)])
            }
            let expected = String(text).precomposedStringWithCanonicalMapping
            if !expected.utf8.elementsEqual(String(text).utf8) { changed += 1 }
            #expect(try normalized(String(text)).utf8.elementsEqual(expected.utf8), "seed \(seed)")
            #expect(try normalized(Array(String(text).utf8), .none).elementsEqual(String(text).utf8), "seed \(seed)")
        }
        #expect(changed > 1000)
    }

    /// What the `tokenizers` package does, which knows Unicode 9.
    @Test func laterMarksStayWhereTheyAre() throws {
        for text in ["a\u{315}\u{1715}", "\u{11935}\u{11930}", "a\u{8D3}\u{334}"] {
            #expect(try normalized(text).utf8.elementsEqual(text.utf8))
        }
        #expect(try normalized("a\u{315}\u{F73}").utf8.elementsEqual("a\u{F71}\u{F72}\u{315}".utf8))
    }

    @Test func whatIsNotTextStaysAsItIs() throws {
        for seed in 0..<500 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            // None of the characters there composes.
            let bytes = RandomText.bytes(&random, parts: Int.random(in: 0..<60, using: &random))
            guard String(validating: bytes, as: UTF8.self) == nil else { continue }
            let found = try normalized(bytes)
            #expect(String(decoding: found, as: UTF8.self) == String(decoding: bytes, as: UTF8.self), "seed \(seed)")
        }
        #expect(try normalized([0xFF] + Array("e\u{301} ".utf8) + [0xCC]) == [0xFF, 0xC3, 0xA9, 0x20, 0xCC])
    }
}
