import Common
import Foundation
import Testing
import Tokenizers

/// The merge loop against the definition, and its cost.
@Suite struct MergeTests {
    /// The definition, quadratic: merge the leftmost pair of the least rank until none is left.
    private func merged(_ piece: ArraySlice<UInt8>, _ tokenizer: Tokenizer, _ ranks: [[TokenID]: Int]) -> [[UInt8]] {
        var tokens = piece.map { [$0] }
        while true {
            let pairs = zip(tokens, tokens.dropFirst()).map { ranks[[id($0, tokenizer), id($1, tokenizer)]] ?? .max }
            guard let best = pairs.min(), best < .max, let place = pairs.firstIndex(of: best) else { return tokens }
            tokens[place] += tokens.remove(at: place + 1)
        }
    }

    private func id(_ bytes: [UInt8], _ tokenizer: Tokenizer) -> TokenID {
        (0..<TokenID(tokenizer.vocabularySize)).first { tokenizer.bytes(ofToken: $0).elementsEqual(bytes) } ?? -1
    }

    @Test func encodingEqualsTheDefinition() throws {
        // Few letters and many merges, so that merges overlap; pieces on both sides of the bound between the two loops.
        var random = SplitMix64(seed: 11)
        func word(_ length: Int) -> [UInt8] {
            (0..<length).map { _ in UInt8(97 + Int.random(in: 0..<3, using: &random)) }
        }
        var trainer = try BPETrainer(vocabularySize: 340, specialTokens: [])
        let tokenizer = try trainer.train(on: (0..<40).map { _ in word(200) })
        #expect(tokenizer.vocabularySize == 340)
        let ranks = Dictionary(
            uniqueKeysWithValues: tokenizer.mergePairs.enumerated().map { ([$1.left, $1.right], $0) }
        )
        for length in [1, 2, 3, 5, 8, 20, 39, 40, 41, 42, 60, 90, 120] {
            for _ in 0..<3 {
                let bytes = word(length)
                let found = tokenizer.encode(bytes: bytes).map { Array(tokenizer.bytes(ofToken: $0)) }
                #expect(found == merged(bytes[...], tokenizer, ranks), "\(String(decoding: bytes, as: UTF8.self))")
            }
        }
    }

    @Test(arguments: ["a", " ", "\n", "=", "ab", "é", "\u{FFFD}"], [PreTokenizer.code, .gpt2])
    func longPiecesCostTheirLength(_ unit: String, _ preTokenizer: PreTokenizer) throws {
        var trainer = try BPETrainer(vocabularySize: 300, specialTokens: [], preTokenizer: preTokenizer)
        let tokenizer = try trainer.train(on: [Array(String(repeating: unit, count: 64).utf8)])
        let bytes = Array(String(repeating: unit, count: 1_000_000 / unit.utf8.count).utf8)
        var merger = PairMerger()
        var ids: [TokenID] = []
        bytes.withUnsafeBufferPointer { tokenizer.encode($0, &merger, into: &ids) }
        // A push for each pair of neighbours and two for each merge.
        #expect(merger.heapPushes > bytes.count / 2 && merger.heapPushes <= 3 * bytes.count)
        #expect(tokenizer.bytes(of: ids) == bytes)
        #expect(ids.count < bytes.count / 8)
    }
}
