/// Where each tensor of a network lies in one flat array of parameters.
///
/// Tensors that one product uses together (query, key and value; gate and up) are neighbours, so that the flat array
/// holds the fused matrix while the checkpoint keeps the usual names.
package struct ParameterLayout: Sendable {
    package struct Tensor: Sendable, Hashable {
        package let name: String
        package let shape: [Int]
        package let offset: Int
        package var count: Int { shape.reduce(1, *) }
        package var range: Range<Int> { offset..<offset + count }
        package var isMatrix: Bool { shape.count == 2 }
    }

    /// Offsets of one layer's parts.
    package struct Layer: Sendable {
        package let inputNorm: Int
        /// `fusedWidth × hidden`: query, key, value.
        package let queryKeyValue: Int
        /// `fusedWidth`.
        package let queryKeyValueBias: Int?
        package let queryKeyNorm: (query: Int, key: Int)?
        /// `hidden × queryWidth`
        package let output: Int
        package let postNorm: Int
        package let feedForward: FeedForward
    }

    /// SwiGLU: `2·width × hidden` (gate, up) and `hidden × width` (down).
    package struct Gated: Sendable {
        package let gateUp, down, width: Int
    }

    package enum FeedForward: Sendable {
        case dense(Gated)
        /// `router` is `experts × hidden`, `bias` `experts`.
        case experts([Gated], shared: Gated?, router: Int, bias: Int?)
    }

    package let tensors: [Tensor]
    package let layers: [Layer]
    package let embedding: Int
    /// The output head; the embedding where they are tied.
    package let head: Int
    package let finalNorm: Int
    /// Of networks that tell canvas rows from clean ones (``NetworkVariant/canvasStream``).
    package let canvas: Canvas?
    /// `vocabulary × rank` each; nil without transition scores. Last, so that a network without them is a prefix.
    package let transitions: (previous: Int, next: Int)?
    package let count: Int

    package struct Canvas: Sendable {
        package let embedding, norm, detectorWeight, detectorBias: Int
    }

    package init(_ c: ModelConfiguration) {
        var builder = Builder()
        embedding = builder.add("model.embed_tokens.weight", c.vocabularySize, c.hiddenSize)
        layers = (0..<c.layers).map { builder.layer($0, c) }
        finalNorm = builder.add("model.norm.weight", c.hiddenSize)
        canvas =
            c.variant.canvasStream
            ? Canvas(
                embedding: builder.add("model.canvas_embedding", c.hiddenSize),
                norm: builder.add("model.canvas_norm.weight", c.hiddenSize),
                detectorWeight: builder.add("model.detector.weight", 1, c.hiddenSize),
                detectorBias: builder.add("model.detector.bias", 1)
            ) : nil
        head = c.tiedEmbedding ? embedding : builder.add("lm_head.weight", c.vocabularySize, c.hiddenSize)
        if c.transitionRank > 0 {
            let previous = builder.add("model.transition.previous.weight", c.vocabularySize, c.transitionRank)
            transitions = (previous, builder.add("model.transition.next.weight", c.vocabularySize, c.transitionRank))
        } else {
            transitions = nil
        }
        tensors = builder.tensors
        count = builder.end
    }

    /// The tensor to which the parameter `offset` belongs.
    func index(at offset: Int) -> Int {
        var (low, high) = (0, tensors.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if tensors[middle].offset <= offset { low = middle } else { high = middle }
        }
        return low
    }
}

/// Lays tensors one behind the other.
private struct Builder {
    var tensors: [ParameterLayout.Tensor] = []
    var end = 0

    mutating func add(_ name: String, _ shape: Int...) -> Int {
        tensors.append(.init(name: name, shape: shape, offset: end))
        defer { end += shape.reduce(1, *) }
        return end
    }

    mutating func layer(_ number: Int, _ c: ModelConfiguration) -> ParameterLayout.Layer {
        let prefix = "model.layers.\(number)."
        let inputNorm = add(prefix + "input_layernorm.weight", c.hiddenSize)
        let query = add(prefix + "self_attn.q_proj.weight", c.queryWidth, c.hiddenSize)
        _ = add(prefix + "self_attn.k_proj.weight", c.keyValueWidth, c.hiddenSize)
        _ = add(prefix + "self_attn.v_proj.weight", c.keyValueWidth, c.hiddenSize)
        var bias: Int?
        if c.variant.attentionBias {
            bias = add(prefix + "self_attn.q_proj.bias", c.queryWidth)
            _ = add(prefix + "self_attn.k_proj.bias", c.keyValueWidth)
            _ = add(prefix + "self_attn.v_proj.bias", c.keyValueWidth)
        }
        var norms: (query: Int, key: Int)?
        if c.variant.queryKeyNorm {
            norms = (
                add(prefix + "self_attn.q_norm.weight", c.headDimension),
                add(prefix + "self_attn.k_norm.weight", c.headDimension)
            )
        }
        return ParameterLayout.Layer(
            inputNorm: inputNorm,
            queryKeyValue: query,
            queryKeyValueBias: bias,
            queryKeyNorm: norms,
            output: add(prefix + "self_attn.o_proj.weight", c.hiddenSize, c.queryWidth),
            postNorm: add(prefix + "post_attention_layernorm.weight", c.hiddenSize),
            feedForward: feedForward(prefix + "mlp.", layer: number, c)
        )
    }

    private mutating func feedForward(
        _ prefix: String,
        layer: Int,
        _ c: ModelConfiguration
    ) -> ParameterLayout.FeedForward {
        guard let mixture = c.variant.experts, layer >= mixture.denseLayers else {
            return .dense(gated(prefix, width: c.feedForwardSize, c))
        }
        let router = add(prefix + "gate.weight", mixture.experts, c.hiddenSize)
        let bias = mixture.hasBias ? add(prefix + "gate.expert_bias", mixture.experts) : nil
        let experts = (0..<mixture.experts).map { gated(prefix + "experts.\($0).", width: mixture.width, c) }
        let shared =
            mixture.sharedWidth > 0 ? gated(prefix + "shared_experts.", width: mixture.sharedWidth, c) : nil
        return .experts(experts, shared: shared, router: router, bias: bias)
    }

    private mutating func gated(_ prefix: String, width: Int, _ c: ModelConfiguration) -> ParameterLayout.Gated {
        let gate = add(prefix + "gate_proj.weight", width, c.hiddenSize)
        _ = add(prefix + "up_proj.weight", width, c.hiddenSize)
        return .init(gateUp: gate, down: add(prefix + "down_proj.weight", c.hiddenSize, width), width: width)
    }
}
