import Common
import Foundation
import Testing
import Tokenizers

@Suite struct BPETrainerTests {
    /// The definition: count all pairs anew for every merge.
    private func merges(_ pieces: [[UInt8]], count: Int, minimumCount: Int) -> [[[UInt8]]] {
        var words = pieces.map { $0.map { [$0] } }
        var result: [[[UInt8]]] = []
        while result.count < count {
            var counts: [[[UInt8]]: Int] = [:]
            for word in words { for (a, b) in zip(word, word.dropFirst()) { counts[[a, b], default: 0] += 1 } }
            let best = counts.max { first, second in
                if first.value != second.value { return first.value < second.value }
                if first.key[0] != second.key[0] { return first.key[0].lexicographicallyPrecedes(second.key[0]) }
                return first.key[1].lexicographicallyPrecedes(second.key[1])
            }
            guard let best, best.value >= minimumCount else { break }
            result.append(best.key)
            words = words.map { word in
                var merged: [[UInt8]] = []
                var index = 0
                while index < word.count {
                    if index + 1 < word.count, [word[index], word[index + 1]] == best.key {
                        merged.append(word[index] + word[index + 1])
                        index += 2
                    } else {
                        merged.append(word[index])
                        index += 1
                    }
                }
                return merged
            }
        }
        return result
    }

    @Test func mergesEqualTheDefinition() throws {
        for seed in 0..<40 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let pieces = (0..<100).map { _ in
                (0..<Int.random(in: 1...12, using: &random)).map { _ in
                    UInt8(97 + Int.random(in: 0..<3, using: &random))
                }
            }
            var trainer = try BPETrainer(vocabularySize: 256 + 60, specialTokens: [])
            let tokenizer = try trainer.train(on: pieces)
            let found = tokenizer.mergePairs.map {
                [Array(tokenizer.bytes(ofToken: $0.left)), Array(tokenizer.bytes(ofToken: $0.right))]
            }
            // Two merges may make the same token, so that there may be more merges than new tokens. If the vocabulary is
            // not full, then nothing was left to merge.
            let isFull = tokenizer.vocabularySize == 256 + 60
            let expected = merges(pieces, count: isFull ? found.count : .max, minimumCount: 2)
            #expect(found == expected && found.count > 30, "seed \(seed)")
        }
    }

    @Test func theOrderOfDocumentsDoesNotMatter() throws {
        let documents = TokenizerTests.sample.split(separator: "\n").map { Array($0.utf8) }
        var forward = try BPETrainer(vocabularySize: 360)
        var backward = forward
        #expect(
            try forward.train(on: documents + documents).jsonData()
                == backward.train(on: Array((documents + documents).reversed())).jsonData()
        )
    }

    @Test func rarePairsAndVeryLongPiecesAreLeftOut() throws {
        var trainer = try BPETrainer(vocabularySize: 4096, specialTokens: [])
        trainer.add(Array("ab ab cd".utf8))
        trainer.add(Array(repeating: UInt8(ascii: "x"), count: 1_000_000))
        let tokenizer = try trainer.train()
        #expect(tokenizer.vocabularySize == 257 && tokenizer.bytes(ofToken: 256).elementsEqual("ab".utf8))
    }

    @Test(arguments: [-1, 0, 294, 1 << 40])
    func sizesOutOfRangeAreRefused(_ size: Int) {
        let error = #expect(throws: CinnabarError.self) { try BPETrainer(vocabularySize: size) }
        #expect(error?.code == .invalidArgument)
    }
}
