import Common
import Kernels
package import Models

/// Random parameters to start from.
package enum ParameterInitialisation {
    /// Embedding 0.02, matrices 1/sqrt(inputs), projections back into the residual stream zero, gains one; transitions
    /// start from zero scores.
    package static func random(_ configuration: ModelConfiguration, seed: UInt64) -> [Float] {
        let layout = ParameterLayout(configuration)
        var values = [Float](repeating: 0, count: layout.count)
        for (index, tensor) in layout.tensors.enumerated() {
            var random = SplitMix64.stream(seed: seed, UInt64(index))
            if tensor.name.hasSuffix("norm.weight") {
                for i in tensor.range { values[i] = 1 }
            } else if tensor.name.hasSuffix("embed_tokens.weight") || tensor.name.hasSuffix("canvas_embedding") {
                for i in tensor.range { values[i] = Float(0.02 * random.normal()) }
            } else if tensor.name.hasSuffix("o_proj.weight") || tensor.name.hasSuffix("down_proj.weight")
                || tensor.name.contains("detector") || tensor.name.hasSuffix("transition.next.weight")
            {
                continue
            } else if tensor.name.hasSuffix("transition.previous.weight") {
                for i in tensor.range { values[i] = Float(0.3 * random.normal()) }
            } else {
                let scale = 0.5 / Double(tensor.shape[1]).squareRoot()
                for i in tensor.range { values[i] = Float(scale * random.normal()) }
            }
        }
        return values
    }

    /// `parameters` of a network without transition scores, with such as nothing has been learned for yet.
    static func addingTransitions(
        rank: Int,
        to parameters: [Float],
        of configuration: inout ModelConfiguration,
        seed: UInt64
    ) -> [Float] {
        configuration.transitionRank = rank
        return parameters + random(configuration, seed: seed)[parameters.count...]
    }
}
