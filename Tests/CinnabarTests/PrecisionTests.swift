import Cinnabar
import Common
import Foundation
import Models
import Testing
import Tokenizers

/// What rounding the weights does to the default model, against fp32 on text that it was not trained on.
@Suite struct PrecisionTests {
    /// Mean over the positions of KL(fp32 ‖ precision) of the next token, in nats.
    private func divergence(_ precision: Model.Precision) throws -> Double {
        let source = try String(contentsOf: Self.text, encoding: .utf8)
        func logProbabilities(_ precision: Model.Precision) throws -> [[Double]] {
            let model = try Model(precision: precision)
            let tokens = Array(model.tokenizer.encode(source).prefix(1000))
            let cache = model.network.makeCache(capacity: tokens.count)
            let wanted = Array(tokens.indices)
            let prediction = try model.network.forward([
                ForwardItem(cache: cache, clean: tokens, wantedClean: wanted)
            ])[0]
            let width = prediction.vocabularySize
            return wanted.map { row in
                let logits = prediction.logits[row * width..<(row + 1) * width].map { Double($0) }
                let top = logits.max() ?? 0
                let total = log(logits.reduce(0) { $0 + exp($1 - top) }) + top
                return logits.map { $0 - total }
            }
        }
        let exact = try logProbabilities(.fp32)
        let rounded = try logProbabilities(precision)
        let sums = zip(exact, rounded).map { zip($0, $1).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) } }
        return sums.reduce(0, +) / Double(sums.count)
    }

    /// Python of this project.
    private static let text = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Benchmarks/training/torch_network.py")

    @Test(arguments: [(Model.Precision.bf16, 1e-3), (.int8, 1e-3), (.int4, 0.1)])
    func roundingChangesLittle(precision: Model.Precision, limit: Double) throws {
        let found = try divergence(precision)
        print("KL to fp32, \(precision): \(found) nats a token")
        #expect(found > 0 && found < limit, "\(precision): \(found) nats a token")
    }
}
