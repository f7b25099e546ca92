/// Where each tensor of a native network lies in one flat array of parameters.
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
        package let queryNorm: Int
        package let keyNorm: Int
        /// `hidden × queryWidth`
        package let output: Int
        package let postNorm: Int
        /// `2·feedForward × hidden`: gate, up.
        package let gateUp: Int
        /// `hidden × feedForward`
        package let down: Int
    }

    package let tensors: [Tensor]
    package let layers: [Layer]
    package let embedding: Int
    package let canvasEmbedding: Int
    package let finalNorm: Int
    package let canvasNorm: Int
    package let detectorWeight: Int
    package let detectorBias: Int
    /// `vocabulary × rank` each; nil without transition scores. Last, so that a network without them is a prefix.
    package let transitions: (previous: Int, next: Int)?
    package let count: Int

    package init(_ c: ModelConfiguration) {
        var tensors: [Tensor] = []
        var end = 0
        func add(_ name: String, _ shape: Int...) -> Int {
            tensors.append(Tensor(name: name, shape: shape, offset: end))
            defer { end += shape.reduce(1, *) }
            return end
        }
        embedding = add("model.embed_tokens.weight", c.vocabularySize, c.hiddenSize)
        layers = (0..<c.layers).map { i in
            let prefix = "model.layers.\(i)."
            let inputNorm = add(prefix + "input_layernorm.weight", c.hiddenSize)
            let query = add(prefix + "self_attn.q_proj.weight", c.queryWidth, c.hiddenSize)
            _ = add(prefix + "self_attn.k_proj.weight", c.keyValueWidth, c.hiddenSize)
            _ = add(prefix + "self_attn.v_proj.weight", c.keyValueWidth, c.hiddenSize)
            let queryNorm = add(prefix + "self_attn.q_norm.weight", c.headDimension)
            let keyNorm = add(prefix + "self_attn.k_norm.weight", c.headDimension)
            let output = add(prefix + "self_attn.o_proj.weight", c.hiddenSize, c.queryWidth)
            let postNorm = add(prefix + "post_attention_layernorm.weight", c.hiddenSize)
            let gate = add(prefix + "mlp.gate_proj.weight", c.feedForwardSize, c.hiddenSize)
            _ = add(prefix + "mlp.up_proj.weight", c.feedForwardSize, c.hiddenSize)
            let down = add(prefix + "mlp.down_proj.weight", c.hiddenSize, c.feedForwardSize)
            return Layer(
                inputNorm: inputNorm,
                queryKeyValue: query,
                queryNorm: queryNorm,
                keyNorm: keyNorm,
                output: output,
                postNorm: postNorm,
                gateUp: gate,
                down: down
            )
        }
        finalNorm = add("model.norm.weight", c.hiddenSize)
        canvasEmbedding = add("model.canvas_embedding", c.hiddenSize)
        canvasNorm = add("model.canvas_norm.weight", c.hiddenSize)
        detectorWeight = add("model.detector.weight", 1, c.hiddenSize)
        detectorBias = add("model.detector.bias", 1)
        if c.transitionRank > 0 {
            let previous = add("model.transition.previous.weight", c.vocabularySize, c.transitionRank)
            transitions = (previous, add("model.transition.next.weight", c.vocabularySize, c.transitionRank))
        } else {
            transitions = nil
        }
        self.tensors = tensors
        count = end
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
