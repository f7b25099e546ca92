import Common
import Testing
import Tokenizers

@Suite struct StoredVocabularyTests {
    private func vocabulary(_ pre: String = "qwen2") -> StoredVocabulary {
        let bytes = (0...255).map { ByteAlphabet.spell([$0]) }
        return StoredVocabulary(
            tokens: bytes + ["ab", "abc", "<eos>", "<think>", "[PAD]", "a1b"],
            types: bytes.map { _ in 1 } + [1, 1, 3, 4, 5, 1],
            merges: ["a b", "ab c"],
            pre: pre
        )
    }

    @Test func typesTellTokensApart() throws {
        var vocabulary = vocabulary()
        (vocabulary.addBos, vocabulary.bos, vocabulary.addEos, vocabulary.eos) = (true, 258, true, 258)
        let tokenizer = try Tokenizer(vocabulary)
        #expect(tokenizer.vocabularySize == 262 && tokenizer.specialTokens == ["<eos>": 258])
        #expect(
            tokenizer.encode("abc<eos>", parsingSpecialTokens: true, addingSpecialTokens: true) == [258, 257, 258, 258]
        )
        #expect(tokenizer.encode("<think>ab") == [259, 256])
        #expect(tokenizer.encode("[PAD]").count == 5 && tokenizer.bytes(ofToken: 260).isEmpty)
        #expect(tokenizer.decode([258, 257, 259], skippingSpecialTokens: true) == "abc<think>")
    }

    @Test func namesChooseThePreTokenizer() throws {
        let names: [(String, PreTokenizer, Normalizer)] = [
            ("qwen2", .qwen2, .nfc), ("llama-bpe", .llama3, .none), ("llama3", .llama3, .none), ("gpt-2", .gpt2, .none),
            ("default", .gpt2, .none), ("llada-moe", .llada2, .nfc), ("bailingmoe", .llada2, .nfc),
            ("smollm", .smollm, .none),
        ]
        for (name, preTokenizer, normalizer) in names {
            let tokenizer = try Tokenizer(vocabulary(name))
            #expect(tokenizer.preTokenizer == preTokenizer && tokenizer.normalizer == normalizer, "\(name)")
        }
        let error = #expect(throws: CinnabarError.self) { try Tokenizer(vocabulary("tekken")) }
        #expect(error?.code == .unsupported && error?.message.contains("'tekken'") == true)
        for (name, _, _) in names { #expect(error?.hint?.contains(name) == true) }
    }

    @Test func wholePiecesComeBeforeMergesForLlama() throws {
        var vocabulary = vocabulary("llama3")
        vocabulary.tokens.append("xyz")
        vocabulary.types.append(1)
        #expect(try Tokenizer(vocabulary).encode("xyz") == [262])
        vocabulary.pre = "qwen2"
        #expect(try Tokenizer(vocabulary).encode("xyz") == [0x78, 0x79, 0x7A])
    }

    @Test func arraysThatDoNotFitAreRefused() {
        let damages: [(String, (inout StoredVocabulary) -> Void)] = [
            ("261 token types for 262", { $0.types.removeLast() }),
            ("of type 9", { $0.types[256] = 9 }),
            ("token 256 ''", { $0.tokens[256] = "" }),
            ("'a'", { $0.merges[0] = "a" }),
            ("'a  b'", { $0.merges[0] = "a  b" }),
            ("'a zz'", { $0.merges[0] = "a zz" }),
            ("'abcab'", { $0.merges.append("abc ab") }),
            ("no id", { $0.addBos = true }),
            ("id 999", { ($0.addEos, $0.eos) = (true, 999) }),
            ("id -1", { ($0.addBos, $0.bos) = (true, -1) }),
            ("id 260", { ($0.addBos, $0.bos) = (true, 260) }),
            ("byte 0", { $0 = StoredVocabulary(tokens: [], merges: [], pre: "qwen2") }),
        ]
        for (part, damage) in damages {
            var vocabulary = vocabulary()
            damage(&vocabulary)
            let error = #expect(throws: CinnabarError.self) { try Tokenizer(vocabulary) }
            #expect(error?.code == .malformed && error?.message.contains(part) == true, "\(error?.message ?? part)")
        }
    }
}
