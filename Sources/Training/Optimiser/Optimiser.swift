import CKernels
import Foundation
package import Kernels
package import Models
import Synchronization

/// Settings of ``Optimiser``.
package struct OptimiserOptions: Codable, Sendable, Hashable {
    package enum MatrixRule: String, Codable, Sendable {
        case muon, adamw
    }

    /// How the matrices inside the layers are updated; embedding, gains and detector always use AdamW.
    package var matrices = MatrixRule.muon
    package var muonRate: Float = 0.02
    package var muonMomentum: Float = 0.95
    package var adamRate: Float = 3e-3
    package var beta1: Float = 0.9
    package var beta2: Float = 0.95
    package var epsilon: Float = 1e-8
    /// Decoupled weight decay of matrices, relative to the learning rate.
    package var weightDecay: Float = 0.1
    package var clip: Float = 1
    package var averageDecay: Float = 0.998

    package init() {}
}

/// Muon on the layers' matrices, AdamW on the rest, and an exponential moving average of the parameters.
///
/// Source: Jordan et al., "Muon", 2024; Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
/// Tensors are independent, so that the number of threads does not change the result.
package final class Optimiser {
    package let options: OptimiserOptions
    package let layout: ParameterLayout
    /// Momentum (Muon) or first moment (AdamW).
    package let first: FloatBuffer
    /// Second moment (AdamW only).
    package let second: FloatBuffer
    package let average: FloatBuffer
    package var step = 0
    private let kernels: KernelTable
    private let format: NumberFormat

    package init(
        options: OptimiserOptions,
        configuration: ModelConfiguration,
        format: NumberFormat,
        kernels: KernelTable = .active
    ) {
        self.options = options
        layout = ParameterLayout(configuration)
        self.kernels = kernels
        self.format = format
        first = FloatBuffer(count: layout.count)
        second = FloatBuffer(count: layout.count)
        average = FloatBuffer(count: layout.count)
    }

    /// True if `tensor` follows Muon under `options`.
    private func usesMuon(_ tensor: ParameterLayout.Tensor) -> Bool {
        options.matrices == .muon && tensor.isMatrix && tensor.name.hasPrefix("model.layers.")
    }

    /// Applies one step with the learning rates multiplied by `rate`; returns the gradient's norm before clipping.
    @discardableResult
    package func update(
        _ parameters: FloatBuffer,
        gradient: FloatBuffer,
        rate: Float,
        decay: Float = 1,
        pool: ThreadPool
    ) -> Float {
        step += 1
        let k = kernels.functions.pointee
        // Per-tensor sums in float64 keep the norm independent of how the array is cut.
        let norm = Float(
            layout.tensors.reduce(0.0) { $0 + Double(k.sum_of_squares(gradient.base + $1.offset, $1.count)) }
                .squareRoot()
        )
        guard norm.isFinite else { return norm }
        let scale = norm > options.clip ? options.clip / norm : 1
        // Largest first, so that the threads end at about the same time.
        let order = layout.tensors.sorted { ($0.count, $0.offset) > ($1.count, $1.offset) }
        let next = Atomic<Int>(0)
        let (first, second, average, options, step) = (first, second, average, options, step)
        let averageDecay = min(options.averageDecay, Float(step) / Float(step + 10))
        pool.run { _ in
            let orthogonalise = NewtonSchulz(format: format, kernels: kernels)
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < order.count else { break }
                let tensor = order[index]
                let w = parameters.base + tensor.offset
                let g = gradient.base + tensor.offset
                let m = first.base + tensor.offset
                if usesMuon(tensor) {
                    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
                    let fresh = scale * (1 - options.muonMomentum)
                    k.axpby(m, g, tensor.count, fresh, options.muonMomentum)
                    k.axpby(g, m, tensor.count, options.muonMomentum, fresh)
                    orthogonalise(g, rows: rows, columns: columns)
                    let lr = options.muonRate * rate
                    let shape = max(1, Float(rows) / Float(columns)).squareRoot()
                    k.axpby(w, g, tensor.count, -lr * shape, 1 - lr * options.weightDecay * decay)
                } else {
                    k.adamw(
                        w,
                        m,
                        second.base + tensor.offset,
                        g,
                        tensor.count,
                        scale,
                        options.adamRate * rate,
                        options.beta1,
                        options.beta2,
                        options.epsilon,
                        tensor.isMatrix ? options.weightDecay * decay : 0,
                        1 / (1 - pow(options.beta1, Float(step))),
                        1 / (1 - pow(options.beta2, Float(step)))
                    )
                }
                k.axpby(average.base + tensor.offset, w, tensor.count, 1 - averageDecay, averageDecay)
            }
        }
        return norm
    }
}
