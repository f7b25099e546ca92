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

    @Test func patternsOfOneFamilyDifferAsMeant() {
        let text = "x = 12345\n\n    it's IT'S #yes ...\n  2"
        #expect(
            pieces(text, .gpt2) == [
                "x", " =", " 12345", "\n\n   ", " it", "'s", " IT", "'", "S", " #", "yes", " ...", "\n ", " 2",
            ]
        )
        #expect(
            pieces(text, .smollm) == [
                "x", " =", " ", "1", "2", "3", "4", "5", "\n\n   ", " it", "'s", " IT", "'", "S", " #", "yes", " ...",
                "\n  ", "2",
            ]
        )
        let qwen = [
            "x", " =", " ", "1", "2", "3", "4", "5", "\n\n", "   ", " it", "'s", " IT", "'S", " #", "yes", " ...\n",
            " ",
            " ", "2",
        ]
        #expect(pieces(text, .qwen2) == qwen && pieces(text, .llada2) == qwen)
        #expect(pieces(text, .llama3) == Array(qwen[..<3]) + ["123", "45"] + qwen[8...])
        #expect(pieces("\t(x)\t\ty'\u{17F}z", .qwen2) == ["\t", "(x", ")", "\t", "\ty", "'\u{17F}", "z"])
    }

    /// `\p{L}`, `\p{N}` and `\s` of all characters, by the number of them and a hash of their list as Oniguruma has them
    /// (by way of the `tokenizers` package, 0.23).
    @Test func classesOfAllCharactersAreThoseOfUnicode16() {
        let scalars = (0..<UInt32(0x110000)).compactMap(Unicode.Scalar.init)
        /// Whether there is a cut before and behind each character when it stands between two others.
        func cuts(_ before: UInt8, _ after: UInt8) -> [(Bool, Bool)] {
            var bytes: [UInt8] = []
            var places: [(Int, Int)] = []
            for scalar in scalars {
                bytes.append(before)
                let start = bytes.count
                bytes.append(contentsOf: String(scalar).utf8)
                places.append((start, bytes.count))
                bytes.append(after)
            }
            let starts = Set(PreTokenizer.gpt2.split(bytes).map(\.lowerBound))
            return places.map { (starts.contains($0.0), starts.contains($0.1)) }
        }
        var found = [(0, 0xCBF2_9CE4_8422_2325 as UInt64)]
        found += found + found
        let beside = cuts(UInt8(ascii: "a"), UInt8(ascii: "1"))
        let among = cuts(UInt8(ascii: "!"), UInt8(ascii: "!"))
        for (index, scalar) in scalars.enumerated() {
            let kind: Int
            switch (scalar, beside[index], among[index]) {
            case (" ", _, _): kind = 2
            case (_, (false, true), _): kind = 0
            case (_, (true, false), _): kind = 1
            case (_, _, (false, false)): continue
            default: kind = 2
            }
            found[kind].0 += 1
            found[kind].1 = (found[kind].1 ^ UInt64(scalar.value)) &* 0x100_0000_01B3
        }
        let counts = found.map(\.0)
        let hashes = found.map(\.1)
        #expect(counts == [141_028, 1911, 25])
        #expect(hashes == [0x9ABB_EC50_90CD_D78D, 0x8888_2B4D_5622_7662, 0x2315_91AD_12FF_E059])
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
