import CKernels
import Checkpoints
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
        let (rows, columns) = (Int(CK_NR), Int(CK_GROUP))
        let small = ck_packed_bytes(rows, columns, rows, precision.format.packed)
        let bytes = UInt64(ParameterLayout(shape).count / (rows * columns) * small)
        let memory = ProcessInfo.processInfo.physicalMemory
        guard bytes < memory else {
            throw CinnabarError(
                .invalidArgument,
                "the shape has \(bytes >> 30) GiB of weights in \(precision.rawValue), the machine \(memory >> 30) GiB",
                hint: "name fewer layers or a smaller vocabulary"
            )
        }
        network = NativeNetwork(
            weights: NativeWeights(RandomParameters(shape), format: precision.format, headFormat: head?.format),
            pool: ThreadPool(threads: threads ?? ThreadPool.availableProcessors)
        )
        mask = 0
    }

    /// Writes a shape with drawn weights as a packed folder, with the default model's tokenizer: what a start costs can be
    /// timed without a download.
    package static func save(shape: ModelConfiguration, precision: Model.Precision, to folder: URL) throws {
        let standard = try ModelFolder(Model(threads: 1).folder)
        _ = try Model.write(RandomParameters(shape), to: folder, precision: precision, beside: standard)
    }
}
