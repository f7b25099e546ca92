import Common
import Foundation
import Testing
import Tokenizers

@Suite struct TokenizerTests {
    static let sample = """
        def fib(n):
            if n < 2:  # base case
                return n
            return fib(n - 1) + fib(n - 2)


        class Point:
        \tdef __init__(self, x_pos, y_pos):
        \t\tself.x_pos, self.y_pos = x_pos, 12345

        # naïve café — 日本語
        """

    static func trained(size: Int = 400, _ preTokenizer: PreTokenizer = .code) throws -> Tokenizer {
        var trainer = try BPETrainer(vocabularySize: size, preTokenizer: preTokenizer)
        return try trainer.train(on: [Array(sample.utf8), Array(sample.utf8)])
    }

    @Test(arguments: PreTokenizer.allCases)
    func randomBytesComeBackExactly(_ preTokenizer: PreTokenizer) throws {
        let tokenizer = try Self.trained(preTokenizer)
        for seed in 0..<300 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let bytes = randomBytes(&random, count: Int.random(in: 0..<400, using: &random))
            let ids = tokenizer.encode(bytes: bytes)
            #expect(tokenizer.bytes(of: ids) == bytes, "seed \(seed)")
            #expect(!ids.contains { tokenizer.isSpecial($0) }, "seed \(seed)")
        }
    }

    @Test func textComesBackExactly() throws {
        let tokenizer = try Self.trained()
        let ids = tokenizer.encode(Self.sample)
        #expect(tokenizer.decode(ids) == Self.sample)
        #expect(ids.count < Self.sample.utf8.count / 2)
        #expect(tokenizer.encode("") == [])
    }

    @Test func malformedTextBecomesReplacementCharacters() throws {
        let tokenizer = try Self.trained()
        #expect(tokenizer.decode(tokenizer.encode(bytes: [0x61, 0xFF, 0x62])) == "a\u{FFFD}b")
    }

    @Test func idsOutsideTheVocabularyHaveNoBytes() throws {
        let tokenizer = try Self.trained()
        #expect(tokenizer.bytes(of: [-1, TokenID(tokenizer.vocabularySize), .max, .min]) == [])
    }

    @Test func fileComesBackEqual() throws {
        for preTokenizer in PreTokenizer.allCases {
            let tokenizer = try Self.trained(preTokenizer)
            let data = try tokenizer.jsonData()
            let read = try Tokenizer(json: data)
            #expect(try read.jsonData() == data)
            #expect(read.preTokenizer == preTokenizer)
            #expect(read.encode(Self.sample) == tokenizer.encode(Self.sample))
        }
    }

    /// Bytes that hit the cuts of the patterns: blanks, signs, digits, words, parts of UTF-8 sequences.
    private func randomBytes(_ random: inout SplitMix64, count: Int) -> [UInt8] {
        let palette = Array(" \t\n\r._'9aZ#é日".utf8) + [0xFF, 0xC3, 0xE0, 0x00, 0x7F]
        return (0..<count).map { _ in
            Bool.random(using: &random)
                ? palette.randomElement(using: &random) ?? 0 : UInt8.random(in: 0...255, using: &random)
        }
    }
}
