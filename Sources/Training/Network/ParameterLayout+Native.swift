import Models

/// What every native network has; only these are trained.
extension ParameterLayout {
    var canvasEmbedding: Int { parts.embedding }
    var canvasNorm: Int { parts.norm }
    var detectorWeight: Int { parts.detectorWeight }
    var detectorBias: Int { parts.detectorBias }

    private var parts: Canvas {
        guard let canvas else { preconditionFailure("a network without a canvas stream is not trained") }
        return canvas
    }
}

extension ParameterLayout.Layer {
    var queryNorm: Int { norms.query }
    var keyNorm: Int { norms.key }
    var gateUp: Int { gated.gateUp }
    var down: Int { gated.down }

    private var norms: (query: Int, key: Int) {
        guard let queryKeyNorm else { preconditionFailure("a network without QK-norm is not trained") }
        return queryKeyNorm
    }

    private var gated: ParameterLayout.Gated {
        guard case .dense(let gated) = feedForward else { preconditionFailure("a mixture of experts is not trained") }
        return gated
    }
}
