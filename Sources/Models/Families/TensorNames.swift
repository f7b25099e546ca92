/// Where a checkpoint keeps the tensors of ``ParameterLayout``.
package struct TensorNames: Sendable {
    /// Rows of a tensor of the file.
    package struct Place: Sendable, Hashable {
        package let name: String
        /// The first of them; all rows from the first on unless the tensor holds several.
        package let firstRow: Int
        /// Rows of the tensor of the file.
        package let rows: Int
    }

    private let family: Family?
    private let configuration: ModelConfiguration

    /// - Parameter family: nil for native names.
    package init(_ family: Family?, _ configuration: ModelConfiguration) {
        (self.family, self.configuration) = (family, configuration)
    }

    package func place(of tensor: ParameterLayout.Tensor) -> Place {
        let whole = tensor.shape[0]
        guard let family else { return Place(name: tensor.name, firstRow: 0, rows: whole) }
        if let fused = family.fusedQueryKeyValue {
            let c = configuration
            let parts = [
                ("self_attn.q_proj.weight", 0), ("self_attn.k_proj.weight", c.queryWidth),
                ("self_attn.v_proj.weight", c.queryWidth + c.keyValueWidth),
            ]
            for (part, first) in parts where tensor.name.hasSuffix(part) {
                let name = tensor.name.dropLast(part.count) + fused
                return Place(name: String(name), firstRow: first, rows: c.fusedWidth)
            }
        }
        let name = family.names.reduce(tensor.name) { $0.replacing($1.usual, with: $1.own) }
        return Place(name: name, firstRow: 0, rows: whole)
    }

    /// Tensors that checkpoints hold beside those of the network, and that mean nothing to it.
    package func isIgnorable(_ name: String) -> Bool {
        name.hasSuffix("rotary_emb.inv_freq")
            // Of activations, where products are eight bits wide on both sides.
            || name.hasSuffix(".input_scale")
            // Tied, and stored all the same.
            || (configuration.tiedEmbedding && place(of: .head).name == name)
    }
}

extension ParameterLayout.Tensor {
    fileprivate static let head = ParameterLayout.Tensor(name: "lm_head.weight", shape: [1, 1], offset: 0)
}
