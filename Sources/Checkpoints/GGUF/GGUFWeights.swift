import Common

/// The tensors of a GGUF file with Hugging Face's names, rows in Hugging Face's order and experts one by one: the same
/// thing as the weights of a model folder. Nothing is copied. Tensors that no name is known for keep their own.
package struct GGUFWeights: TensorSource {
    package let label: String
    package let names: [String]
    private let tensors: [String: Tensor]

    /// Bounds what a small file can claim.
    static let mostExperts = 4096

    package subscript(name: String) -> Tensor? { tensors[name] }

    /// - Throws: `unsupported` for an architecture that is not in ``GGUFArchitecture/all`` and for files in parts.
    package init(_ file: GGUFFile) throws {
        let architecture = try GGUFArchitecture(of: file.metadata)
        if let parts = try file.metadata.value("split.count", as: Int.self), parts > 1 {
            throw CinnabarError(
                .unsupported,
                "\(file.label) is one of \(parts) parts, expected a whole file",
                hint: "merge them with 'llama-gguf-split --merge'"
            )
        }
        var tensors = [String: Tensor](minimumCapacity: file.tensors.count)
        var names: [String] = []
        for tensor in file.tensors {
            for tensor in try Self.named(tensor, in: file.metadata, architecture) {
                guard tensors.updateValue(tensor, forKey: tensor.name) == nil else {
                    throw CinnabarError(.malformed, "\(file.label) has two tensors for '\(tensor.name)'")
                }
                names.append(tensor.name)
            }
        }
        self.label = file.label
        self.names = names
        self.tensors = tensors
    }

    /// A tensor under its new name, or its experts.
    private static func named(
        _ tensor: Tensor,
        in metadata: GGUFMetadata,
        _ architecture: GGUFArchitecture
    ) throws -> [Tensor] {
        var parts = tensor.name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let kind = parts.popLast(), kind == "weight" || kind == "bias", let own = parts.popLast() else {
            return [tensor]
        }
        if parts.isEmpty, let name = GGUFArchitecture.tensorNames[own] {
            return [Tensor(copy: tensor, name: "\(name).\(kind)")]
        }
        // One spelling of a layer's number: 'blk.07' would be another tensor of the same name.
        guard parts.count == 2, parts[0] == "blk", let layer = Int(parts[1]), "\(layer)" == parts[1],
            let leaf = GGUFArchitecture.layerTensorNames[own]
        else { return [tensor] }
        let name = "model.layers.\(layer).\(leaf).\(kind)"
        if leaf.contains("*") { return try experts(of: tensor, name: name) }
        guard architecture.isInterleaved, let key = GGUFArchitecture.headCounts[own] else {
            return [Tensor(copy: tensor, name: name)]
        }
        let heads = try metadata.headCount("\(architecture.name).\(key)", layer: layer)
        guard let rows = tensor.shape.first, heads > 0, rows % heads == 0, rows / heads % 2 == 0 else {
            throw CinnabarError(
                .malformed,
                "\(tensor.label) has shape \(tensor.shape), expected \(heads) heads of an even number of rows"
            )
        }
        guard rows > 0 else { return [Tensor(copy: tensor, name: name)] }
        return [Tensor(copy: tensor, name: name, rowOrder: .interleaved(headSize: rows / heads))]
    }

    private static func experts(of tensor: Tensor, name: String) throws -> [Tensor] {
        guard tensor.shape.count == 3, 1...mostExperts ~= tensor.shape[0] else {
            throw CinnabarError(
                .malformed,
                "\(tensor.label) has shape \(tensor.shape), expected 1 to \(mostExperts) experts, rows and columns"
            )
        }
        let (count, shape) = (tensor.shape[0], Array(tensor.shape.dropFirst()))
        let size = tensor.bytes.count / count
        return (0..<count).map { expert in
            let start = tensor.bytes.range.lowerBound + expert * size
            return Tensor(
                name: name.replacing("*", with: "\(expert)"),
                format: tensor.format,
                shape: shape,
                bytes: tensor.bytes.file.slice(start..<start + size)
            )
        }
    }
}

extension Tensor {
    fileprivate init(copy other: Tensor, name: String, rowOrder: RowOrder = .stored) {
        self.init(name: name, format: other.format, shape: other.shape, bytes: other.bytes, rowOrder: rowOrder)
    }
}

extension GGUFMetadata {
    /// A number of heads, which is one for all layers or one for each.
    fileprivate func headCount(_ key: String, layer: Int) throws -> Int {
        // Where heads of keys are not mentioned, there are as many as of queries.
        let key = self[key] == nil ? key.replacing("_kv", with: "") : key
        guard case .array = self[key] else { return try required(key) }
        let counts = try required(key, as: [Int].self)
        guard layer < counts.count else {
            throw CinnabarError(
                .malformed,
                "metadata key '\(key)' in \(path) has \(counts.count) values, expected one for layer \(layer)"
            )
        }
        return counts[layer]
    }
}
