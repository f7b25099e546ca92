package import Cinnabar
package import Common
import Kernels
package import Models

/// A network to be timed: a model's, or a shape with random weights.
package struct BenchNetwork: Sendable {
    package let network: NativeNetwork
    package let mask: TokenID

    package init(_ model: Model) { (network, mask) = (model.network, model.maskToken) }

    /// Nothing is downloaded or read: the weights are drawn.
    package init(shape: ModelConfiguration, precision: Model.Precision, threads: Int?) {
        network = NativeNetwork(
            weights: NativeWeights(RandomParameters(shape), format: precision.format),
            pool: ThreadPool(threads: threads ?? ThreadPool.availableProcessors)
        )
        mask = 0
    }
}
