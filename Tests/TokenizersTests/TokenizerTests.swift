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

    static func trained(_ preTokenizer: PreTokenizer = .code) throws -> Tokenizer {
        var trainer = try BPETrainer(vocabularySize: 400, preTokenizer: preTokenizer)
        return try trainer.train(on: [Array(sample.utf8), Array(sample.utf8)])
    }

    @Test(arguments: PreTokenizer.allCases)
    func anyBytesComeBackExactly(_ preTokenizer: PreTokenizer) throws {
        let tokenizer = try Self.trained(preTokenizer)
        for seed in 0..<1000 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let bytes = RandomText.bytes(&random, parts: Int.random(in: 0..<100, using: &random))
            let ids = tokenizer.encode(bytes: bytes)
            #expect(tokenizer.bytes(of: ids) == bytes, "seed \(seed)")
            #expect(!ids.contains { tokenizer.isSpecial($0) }, "seed \(seed)")
            #expect(tokenizer.bytes(of: tokenizer.encode(bytes: bytes, parsingSpecialTokens: true)) == bytes)
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

    @Test func specialTokensStandAtTheStart() throws {
        let tokenizer = try Self.trained()
        #expect(SpecialToken.texts.count == 39 && tokenizer.specialTokens.count == 39)
        for (index, text) in SpecialToken.texts.enumerated() {
            #expect(tokenizer.id(of: text) == TokenID(index))
            #expect(tokenizer.isSpecial(TokenID(index)))
        }
        for token in SpecialToken.allCases { #expect(tokenizer.id(of: token) == token.id) }
        #expect(SpecialToken.mask.id == 4 && tokenizer.id(of: "<|reserved_15|>") == 38)
        #expect(!tokenizer.isSpecial(39) && tokenizer.bytes(ofToken: 39) == [0])
        #expect(tokenizer.id(of: "return") == nil)
    }

    @Test func specialTokensAreParsedOnRequestOnly() throws {
        let tokenizer = try Self.trained()
        let text = "a<|eos|><|fim_prefix|>b<|eos|"
        #expect(!tokenizer.encode(text).contains { tokenizer.isSpecial($0) })
        #expect(tokenizer.decode(tokenizer.encode(text)) == text)
        let ids = tokenizer.encode(text, parsingSpecialTokens: true)
        #expect(ids.filter { tokenizer.isSpecial($0) } == [SpecialToken.eos.id, SpecialToken.fimPrefix.id])
        #expect(tokenizer.decode(ids) == text)
        #expect(tokenizer.decode(ids, skippingSpecialTokens: true) == "ab<|eos|")
    }

    @Test func theLongestSpecialTokenWins() throws {
        var trainer = try BPETrainer(vocabularySize: 259, specialTokens: ["<a", "<a>", "b"])
        let tokenizer = try trainer.train(on: [])
        #expect(tokenizer.encode("<a><ab", parsingSpecialTokens: true) == [1, 0, 2])
    }
}
