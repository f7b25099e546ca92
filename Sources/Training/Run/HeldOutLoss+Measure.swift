import Checkpoints
import Common
package import Foundation
import Kernels
import Models
import Tokenizers

extension HeldOutLoss {
    /// Bits per byte of these parameters; `passes` are one for each thread of the pool, with room for ``longestRow``.
    func values(
        _ parameters: UnsafePointer<Float>,
        weights: TrainingWeights,
        canvases: [Int],
        passes: [RowPass],
        pool: ThreadPool
    ) -> Values {
        func bitsPerByte(_ length: Int?) -> Double {
            var nats = [Double](repeating: 0, count: count)
            nats.withUnsafeMutableBufferPointer { nats in
                nonisolated(unsafe) let nats = nats
                nonisolated(unsafe) let (passes, parameters) = (passes, parameters)
                pool.run { worker in
                    for i in stride(from: worker, to: nats.count, by: pool.threads) {
                        nats[i] = self.nats(
                            i,
                            length: length,
                            pass: passes[worker],
                            parameters: parameters,
                            weights: weights
                        )
                    }
                }
            }
            return nats.reduce(0, +) / (Double(bytes) * 0.693_147_180_559_945_3)
        }
        return Values(
            autoregressive: bitsPerByte(nil),
            canvas: Dictionary(uniqueKeysWithValues: canvases.map { ($0, bitsPerByte($0)) }),
            bytes: bytes
        )
    }

    /// What a model folder makes of the corpus's held-out documents, all of them, in windows of the model's context.
    package static func measure(
        model folder: URL,
        corpus: Corpus,
        canvases: [Int] = [4, 8, 16],
        threads: Int = ThreadPool.availableProcessors
    ) throws -> Values {
        let (configuration, parameters) = try NativeCheckpoint.read(ModelFolder(folder))
        let loss = try HeldOutLoss(
            corpus: corpus.heldOut,
            tokenizer: try Tokenizer(folder: folder),
            rowLength: configuration.contextLength,
            limit: .max
        )
        let pool = ThreadPool(threads: threads)
        let format = NumberFormat.bf16
        let passes = (0..<pool.threads).map { _ in
            RowPass(configuration: configuration, capacity: loss.longestRow, positions: loss.positions, format: format)
        }
        return parameters.withUnsafeBufferPointer { buffer in
            let base = buffer.baseAddress!
            let weights = TrainingWeights(
                base,
                configuration: configuration,
                layout: ParameterLayout(configuration),
                format: format
            )
            return loss.values(base, weights: weights, canvases: canvases, passes: passes, pool: pool)
        }
    }
}

extension Trainer {
    /// Bits per byte of the averaged parameters.
    package func heldOutLoss(_ heldOut: HeldOutLoss, canvases: [Int] = [8, 16]) -> HeldOutLoss.Values {
        let parameters = UnsafePointer(optimiser.average.base)
        return heldOut.values(
            parameters,
            weights: TrainingWeights(
                parameters,
                configuration: state.options.model,
                layout: layout,
                format: format
            ),
            canvases: canvases,
            passes: evaluationPasses(rows: heldOut.longestRow, positions: heldOut.positions),
            pool: pool
        )
    }
}
