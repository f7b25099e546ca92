import Foundation
import TestSupport
import Testing
import Tokenizers

/// Training against the reference of the Stanford course CS336: the same merges in the same order.
@Suite(.enabled(if: SharedData.folder != nil, "needs the folder of common test data, see CINNABAR_SHARED"))
struct ReferenceTrainingTests {
    @Test func mergesAndVocabularyEqualTheReference() throws {
        let folder = try SharedData.file("evaldata/bpe-training")
        let corpus = try [UInt8](Data(contentsOf: folder.appendingPathComponent("corpus.en")))
        let merges = try String(
            contentsOf: folder.appendingPathComponent("train-bpe-reference-merges.txt"),
            encoding: .utf8
        ).split(separator: "\n").map(String.init)
        let vocabulary = try JSONDecoder().decode(
            [String: Int].self,
            from: Data(contentsOf: folder.appendingPathComponent("train-bpe-reference-vocab.json"))
        )
        #expect(merges.count == 243 && vocabulary.count == 500)

        var trainer = try BPETrainer(vocabularySize: 500, specialTokens: ["<|endoftext|>"], preTokenizer: .gpt2)
        let tokenizer = try trainer.train(on: [corpus])
        let spelled = (0..<Int32(tokenizer.vocabularySize)).map {
            tokenizer.isSpecial($0) ? tokenizer.decode([$0]) : ByteAlphabet.spell(tokenizer.bytes(ofToken: $0))
        }
        #expect(tokenizer.mergePairs.map { "\(spelled[Int($0.left)]) \(spelled[Int($0.right)])" } == merges)
        #expect(Set(spelled) == Set(vocabulary.keys))
        #expect(tokenizer.id(of: "<|endoftext|>") == 0)
    }
}
