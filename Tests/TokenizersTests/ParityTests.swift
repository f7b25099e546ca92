import Common
import Foundation
import TestSupport
import Testing
import Tokenizers

/// The tokenizers of the common test data, and released vocabularies in full.
@Suite(.enabled(if: SharedData.folder != nil, "needs the folder of common test data, see CINNABAR_SHARED"))
struct ParityTests {
    private struct Line: Decodable {
        var text: String?
        var rendered: String?
        var ids: [TokenID]?
        var idsWithSpecial: [TokenID]?
        var decoded: String?
        var decodedSkipSpecial: String?
    }

    private static func lines(_ data: Data) throws -> [Line] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try data.split(separator: UInt8(ascii: "\n")).map { try decoder.decode(Line.self, from: $0) }
    }

    private func lines(_ name: String, of tokenizer: String) throws -> [Line] {
        try Self.lines(Data(contentsOf: SharedData.file("fixtures/parity/tokenizers/\(tokenizer)/\(name).jsonl")))
    }

    @Test(arguments: [("qwen2", 200), ("llama3", 200), ("llada2", 206)])
    func everyVectorIsMet(_ name: String, _ count: Int) throws {
        let tokenizer = try Tokenizer(folder: SharedData.file("fixtures/parity/tokenizers/\(name)"))
        let encoded = try lines("encode", of: name)
        #expect(encoded.count == count)
        for line in encoded {
            let (text, ids) = (try #require(line.text), try #require(line.ids))
            let framed = tokenizer.encode(text, parsingSpecialTokens: true, addingSpecialTokens: true)
            let decoded = line.decoded ?? text
            #expect(tokenizer.encode(text, parsingSpecialTokens: true) == ids, "\(text)")
            #expect(framed == line.idsWithSpecial ?? ids, "\(text)")
            #expect(tokenizer.decode(ids).utf8.elementsEqual(decoded.utf8), "\(text)")
            let skipped = tokenizer.decode(ids, skippingSpecialTokens: true)
            #expect(skipped.utf8.elementsEqual((line.decodedSkipSpecial ?? decoded).utf8), "\(text)")
        }
        let decoded = try lines("decode", of: name)
        #expect(decoded.count == 40)
        for line in decoded {
            let ids = try #require(line.ids)
            let skipped = tokenizer.decode(ids, skippingSpecialTokens: true)
            #expect(tokenizer.decode(ids).utf8.elementsEqual(try #require(line.decoded).utf8), "\(ids)")
            #expect(skipped.utf8.elementsEqual(try #require(line.decodedSkipSpecial).utf8), "\(ids)")
        }
        let chats = try lines("chat", of: name).filter { $0.rendered != nil }
        #expect(chats.count > 5)
        for line in chats {
            let text = try #require(line.rendered)
            #expect(tokenizer.encode(text, parsingSpecialTokens: true) == line.ids, "\(text)")
        }
    }

    /// Qwen's 151,643 tokens by the arrays that a GGUF file has, with ids that SDAR's own tokenizer gave to texts.
    @Test func aVocabularyOfFullSizeGivesTheReferencesIDs() throws {
        let tokenizer = try Tokenizer(Self.qwen())
        #expect(tokenizer.vocabularySize > 151_643 && tokenizer.id(of: "<|im_end|>") == 151_645)
        let golden = try SharedData.file("evaldata/tokenizers/qwen/qwen.golden.jsonl.gz")
        let lines = try Self.lines(Gzip.decompress(golden))
        #expect(lines.count == 169)
        // What we write reads the same.
        for tokenizer in [tokenizer, try Tokenizer(json: tokenizer.jsonData())] {
            for line in lines {
                let text = try #require(line.text)
                let ids = tokenizer.encode(text, parsingSpecialTokens: true)
                #expect(ids == line.ids && tokenizer.decode(ids) == text, "\(text)")
            }
        }
    }

    private static func qwen() throws -> StoredVocabulary {
        let folder = try SharedData.file("evaldata/tokenizers/qwen")
        func ids(_ name: String) throws -> [String: Int] {
            try JSONDecoder().decode(
                [String: Int].self,
                from: Data(contentsOf: folder.appendingPathComponent(name))
            )
        }
        let (ordinary, added) = (try ids("vocab.json"), try ids("added_tokens.json"))
        let size = try #require(added.values.max()) + 1
        var vocabulary = StoredVocabulary(tokens: (0..<size).map { "[PAD\($0)]" }, merges: [], pre: "qwen2")
        vocabulary.types = Array(repeating: 5, count: size)
        for (type, tokens) in [(1, ordinary), (3, added)] {
            for (text, id) in tokens { (vocabulary.tokens[id], vocabulary.types[id]) = (text, type) }
        }
        let merges = try String(contentsOf: folder.appendingPathComponent("merges.txt"), encoding: .utf8)
        vocabulary.merges = merges.split(separator: "\n").filter { !$0.hasPrefix("#version") }.map(String.init)
        return vocabulary
    }

    /// llama.cpp's vocabularies, texts and ids for them; `default` is GPT-2's.
    @Test(arguments: ["gpt-2", "starcoder"])
    func vocabulariesOfGGUFFilesGiveTheReferencesIDs(_ name: String) throws {
        let file = "evaldata/tokenizers/gguf/ggml-vocab-\(name).gguf"
        let tokenizer = try Tokenizer(GGUFVocabulary.read(Data(contentsOf: SharedData.file(file))))
        let separator = "\n__ggml_vocab_test__\n"
        let texts = try String(contentsOf: SharedData.file(file + ".inp"), encoding: .utf8)
            .components(separatedBy: separator)
        let lines = try String(contentsOf: SharedData.file(file + ".out"), encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        #expect(texts.count > 40)
        for (text, line) in zip(texts, lines) {
            let expected = line.split(separator: " ").compactMap { TokenID($0) }
            #expect(tokenizer.encode(text, parsingSpecialTokens: false) == expected, "'\(text)'")
        }
    }
}
