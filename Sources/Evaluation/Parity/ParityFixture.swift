package import Checkpoints
import Common
package import Foundation
import Models

/// A tiny checkpoint with the outputs of an independent implementation: `cases.json` says what `cases.safetensors` holds.
package struct ParityFixture: Sendable {
    /// What released configurations do not carry.
    package struct Facts: Decodable, Sendable {
        /// `full`, `block_causal`; `causal`, `causal_prefix` (behind it a canvas) and `causal_reordered`.
        var attention: String
        var blockSize: Int?
        var shift: Bool
        var maskTokenId: Int
        var smallBlockSize: Int?
    }

    /// A forward over whole sequences.
    struct Logits: Decodable {
        var name, inputIds, logits: String
        /// Where the tokens stand in the text, if not one behind the other.
        var positions: String?
    }

    /// A block behind a prefix of finished blocks.
    struct Cached: Decodable {
        var name, inputIds, blockLogits: String
        var prefixLen, blockLen: Int
    }

    /// The same tokens under several rules of attention.
    struct Masks: Decodable {
        struct Rule: Decodable { var name, logits: String }
        var inputIds: String
        var rules: [Rule]
    }

    /// A trace again with an ordinary token as the end marker, and what the reference then returns: with the prompt or without,
    /// with what stands behind the marker or without.
    struct EndToken: Decodable {
        var trace, variant: String
        var endTokenId: TokenID
        var returned: [TokenID]
    }

    struct Cases: Decodable {
        var family: String?
        var model: Facts
        var logits: [Logits]
        var cached: [Cached]?
        var extraMasks: Masks?
        var traces: [ParityTrace]?
        var endTokenCases: [EndToken]?
    }

    package let folder: ModelFolder
    let cases: Cases
    let tensors: ModelWeights

    package init(_ url: URL) throws {
        folder = try ModelFolder(url)
        let data = try Data(contentsOf: folder.required("cases.json"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            cases = try decoder.decode(Cases.self, from: data)
        } catch {
            throw CinnabarError(.malformed, "\(url.path)/cases.json is not of the expected form", cause: error)
        }
        tensors = try ModelWeights(file: try folder.required("cases.safetensors"))
    }

    /// Fixtures below a folder, the folder itself included, in order of their paths.
    package static func folders(below url: URL) -> [URL] {
        guard let all = FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil) else { return [] }
        let marks = ["cases.json", GGUFFixture.name, TokenizerFixture.name]
        return all.compactMap { $0 as? URL }.filter { marks.contains($0.lastPathComponent) }
            .map { $0.deletingLastPathComponent() }.sorted { $0.path < $1.path }
    }

    var attention: AttentionRule {
        switch cases.model.attention {
        case "full": .full
        case let name where name.hasPrefix("causal"): .causal
        default: .blockCausal(cases.model.blockSize ?? 1)
        }
    }

    /// The network in fp32.
    func network(_ attention: AttentionRule, shiftsLogits: Bool, threads: Int = 1) throws -> NativeNetwork {
        try ParityNetwork.load(folder, attention: attention, shiftsLogits: shiftsLogits, threads: threads)
    }

    /// Sequences of token ids: `[batch, length]`.
    func tokens(_ name: String) throws -> [[TokenID]] {
        let tensor = try tensors.tensor(named: name)
        let ids = try tensor.integers().map { TokenID($0) }
        let length = tensor.shape.last ?? 0
        return stride(from: 0, to: ids.count, by: max(length, 1)).map { Array(ids[$0..<$0 + length]) }
    }

    func numbers(_ name: String) throws -> [Float] { try tensors.floats(named: name) }
}
