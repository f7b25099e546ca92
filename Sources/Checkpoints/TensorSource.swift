import Common

/// Something that holds named tensors: one file, or the shards of a model together.
package protocol TensorSource: Sendable {
    /// What the tensors come from, for messages: a path.
    var label: String { get }
    /// All names, in the order of the file.
    var names: [String] { get }
    /// Nil when there is no such tensor. Cost: one dictionary look-up.
    subscript(name: String) -> Tensor? { get }
}

extension TensorSource {
    /// The tensor of a name, which must be there and, if `shape` is given, have that shape.
    package func tensor(named name: String, expecting shape: [Int]? = nil) throws -> Tensor {
        guard let tensor = self[name] else {
            throw CinnabarError(
                .malformed,
                "\(label) has no tensor '\(name)' among its \(names.count)",
                hint: nearest(to: name).map {
                    "is it '\($0)'? config.json and the weights may belong to different models"
                }
            )
        }
        if let shape, tensor.shape != shape {
            throw CinnabarError(
                .malformed,
                "\(tensor.label) has shape \(tensor.shape), expected \(shape)",
                hint: "config.json and the weights belong to different models"
            )
        }
        return tensor
    }

    /// The numbers of a tensor as float32: F32, F16 and BF16 exactly, F64 rounded.
    package func floats(
        named name: String,
        expecting shape: [Int]? = nil,
        checkingFinite: Bool = false
    ) throws -> [Float] {
        try tensor(named: name, expecting: shape).floats(checkingFinite: checkingFinite)
    }

    /// The name with the longest common ending: families differ in their prefixes.
    private func nearest(to name: String) -> String? {
        func common(_ other: String) -> Int {
            zip(name.utf8.reversed(), other.utf8.reversed()).prefix { $0 == $1 }.count
        }
        return names.max { common($0) < common($1) }
    }
}
