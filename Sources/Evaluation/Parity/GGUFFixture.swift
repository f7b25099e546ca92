import Checkpoints
import Common
import Foundation
import Kernels
import Models

/// GGUF files with the logits that an independent implementation computes from their dequantised weights in fp32.
struct GGUFFixture {
    private struct Index: Decodable {
        struct File: Decodable {
            var file, logits, inputIds: String
        }
        var files: [File]
    }

    private let folder: URL
    private let index: Index
    private let tensors: ModelWeights

    static let name = "gguf.json"

    init(_ folder: URL) throws {
        self.folder = folder
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        index = try decoder.decode(Index.self, from: Data(contentsOf: folder.appendingPathComponent(Self.name)))
        tensors = try ModelWeights(file: folder.appendingPathComponent("logits.safetensors"))
    }

    /// Files of the fixture, and how far our logits are from the others'.
    func differences() -> [(check: String, difference: Result<Double, any Error>)] {
        index.files.map { test in ("logits \(test.file)", Result { try difference(test) }) }
    }

    private func difference(_ test: Index.File) throws -> Double {
        let (checkpoint, _) = try NativeCheckpoint.gguf(GGUFFile(folder.appendingPathComponent(test.file)))
        var weights = Unshifted(checkpoint)
        weights.configuration.variant.shiftsLogits = false
        let network = NativeNetwork(
            weights: try NativeWeights(weights, format: .fp32),
            pool: ThreadPool(threads: 1)
        )
        let ids = try tensors.tensor(named: test.inputIds)
        let all = try ids.integers().map { TokenID($0) }
        let length = max(1, ids.shape.last ?? 1)
        let found = try stride(from: 0, to: all.count, by: length).flatMap {
            try network.logits(of: Array(all[$0..<$0 + length]))
        }
        return ParityFixture.difference(found, try tensors.floats(named: test.logits))
    }

    /// The same numbers for a network that is asked for raw logits.
    private struct Unshifted: ParameterSource {
        let checkpoint: NativeCheckpoint
        var configuration: ModelConfiguration

        init(_ checkpoint: NativeCheckpoint) {
            (self.checkpoint, configuration) = (checkpoint, checkpoint.configuration)
        }

        func values(_ range: Range<Int>) throws -> [Float] { try checkpoint.values(range) }
    }
}
