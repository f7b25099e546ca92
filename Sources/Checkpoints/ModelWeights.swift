import Common
package import Foundation

/// All tensors of a model, from one safetensors file or from the shards that an index lists.
package struct ModelWeights: TensorSource {
    package let label: String
    package let names: [String]
    private let tensors: [String: Tensor]

    package subscript(name: String) -> Tensor? { tensors[name] }

    /// The weights of a single file.
    package init(file: URL) throws {
        let file = try SafetensorsFile(file)
        label = file.label
        names = file.names
        tensors = Dictionary(file.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The weights that `model.safetensors.index.json` lists; the shards lie beside it.
    ///
    /// - Throws: when a shard is missing or damaged, or lacks a tensor that the index promises.
    package init(index: URL) throws {
        struct Index: Decodable {
            let shards: [String: String]
            enum CodingKeys: String, CodingKey { case shards = "weight_map" }
        }
        let map = try JSONLimits().decode(Index.self, from: index).shards
        var tensors = [String: Tensor](minimumCapacity: map.count)
        var names: [String] = []
        for shard in Set(map.values).sorted() {
            // The index is input from outside: it must not lead out of the folder.
            guard !shard.isEmpty, shard != ".", shard != "..", !shard.contains("/"), !shard.contains("\0") else {
                throw CinnabarError(.malformed, "\(index.path) names the shard '\(shard)', expected a plain file name")
            }
            let file = try SafetensorsFile(index.deletingLastPathComponent().appendingPathComponent(shard))
            for tensor in file.tensors where map[tensor.name] == shard {
                tensors[tensor.name] = tensor
                names.append(tensor.name)
            }
        }
        if let lost = map.sorted(by: { $0.key < $1.key }).first(where: { tensors[$0.key] == nil }) {
            throw CinnabarError(
                .malformed,
                "\(lost.value) has no tensor '\(lost.key)', which \(index.path) promises",
                hint: "index and shards belong to different models, or the download is incomplete"
            )
        }
        self.label = index.path
        self.names = names
        self.tensors = tensors
    }
}
