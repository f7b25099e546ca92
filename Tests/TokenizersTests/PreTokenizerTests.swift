import Common
import Foundation
import Testing
import Tokenizers

@Suite struct PreTokenizerTests {
    private func pieces(_ text: String, _ preTokenizer: PreTokenizer = .code) -> [String] {
        let bytes = Array(text.utf8)
        return preTokenizer.split(bytes).map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test func codeIsCutAsMeant() {
        #expect(pieces("def f(x):\n        return") == ["def", " f", "(", "x", "):", "\n        ", "return"])
        #expect(pieces("self.x_pos = 12345  # a") == ["self", ".x", "_pos", " =", " 12", "34", "5", " ", " #", " a"])
        #expect(pieces("a \n\n\t b\t c") == ["a", " ", "\n\n\t ", "b", "\t", " c"])
        #expect(pieces("__init__ \t x") == ["__", "init", "__", " \t", " x"])
    }

    /// The scanner against the expression itself. (GPT-2's `\s` means other characters to this engine; it is tested by the
    /// vectors of the `tokenizers` package.)
    @Test func codeScannerEqualsItsRegularExpression() throws {
        let expression = try NSRegularExpression(pattern: PreTokenizer.code.pattern)
        for seed in 0..<2000 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let text = RandomText.text(&random, parts: Int.random(in: 0..<30, using: &random))
            let whole = NSRange(location: 0, length: text.utf16.count)
            let expected = expression.matches(in: text, range: whole).map {
                (text as NSString).substring(with: $0.range)
            }
            let found = pieces(text)
            #expect(found == expected && found.joined() == text, "seed \(seed)")
        }
    }

    @Test(arguments: PreTokenizer.allCases)
    func piecesCoverAnyBytesWithoutGaps(_ preTokenizer: PreTokenizer) {
        for seed in 0..<500 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let bytes = RandomText.bytes(&random, parts: Int.random(in: 0..<60, using: &random))
            var end = 0
            for piece in preTokenizer.split(bytes) {
                #expect(piece.lowerBound == end && !piece.isEmpty, "seed \(seed)")
                end = piece.upperBound
            }
            #expect(end == bytes.count, "seed \(seed)")
        }
    }
}
