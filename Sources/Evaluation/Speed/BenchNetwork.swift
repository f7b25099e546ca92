package import Cinnabar
package import Common
package import Foundation
import Kernels
package import Models

/// A network to be timed: a model's, or a shape with random weights.
package struct BenchNetwork: Sendable {
    package let network: NativeNetwork
    package let mask: TokenID

    package init(_ model: Model) { (network, mask) = (model.network, model.maskToken) }

    /// Nothing is downloaded or read: the weights are drawn.
    ///
    /// - Parameter head: precision of the output head; nil for the usual one.
    /// - Throws: if the weights cannot fit the memory, or for a number of threads that no machine has.
    package init(
        shape: ModelConfiguration,
        precision: Model.Precision,
        head: Model.Precision? = nil,
        threads: Int?
    ) throws {
        if let threads, !(1...1024).contains(threads) {
            throw CinnabarError(.invalidArgument, "\(threads) threads", hint: "use a number from 1 to 1024")
        }
        // By the size of a small matrix in this format.
        try MemoryEstimate.check(shape, format: precision.format, isMapped: false, name: "the shape")
        network = NativeNetwork(
            weights: NativeWeights(RandomParameters(shape), format: precision.format, headFormat: head?.format),
            pool: ThreadPool(threads: threads ?? ThreadPool.availableProcessors)
        )
        mask = 0
    }

    /// Writes a shape with drawn weights as a packed folder, with the default model's tokenizer: what a start costs can be
    /// timed without a download.
    package static func save(shape: ModelConfiguration, precision: Model.Precision, to folder: URL) throws {
        let standard = try Model(threads: 1).folder
        _ = try Model.write(RandomParameters(shape), to: folder, precision: precision) { target in
            for name in ["tokenizer.json", "generation_config.json"] {
                let file = standard.appendingPathComponent(name)
                try FileManager.default.copyItem(at: file, to: target.appendingPathComponent(name))
            }
        }
    }
}
