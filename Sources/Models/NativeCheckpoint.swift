package import Checkpoints
import Common

/// A native model folder as flat parameters.
package enum NativeCheckpoint {
    /// Reads `config.json` and every tensor of ``ParameterLayout``; refuses missing and further tensors, other shapes and
    /// numbers that are not finite.
    package static func read(
        _ folder: ModelFolder
    ) throws -> (configuration: ModelConfiguration, parameters: [Float]) {
        let configuration = try folder.decode(ModelConfiguration.self, from: "config.json")
        try configuration.validate()
        let weights = try folder.weights()
        let layout = ParameterLayout(configuration)
        // Shapes are checked before memory is taken: a hostile configuration cannot ask for more than the file holds.
        for tensor in layout.tensors { _ = try weights.tensor(named: tensor.name, expecting: tensor.shape) }
        // A configuration with fewer layers would load as a network that was never trained.
        let known = Set(layout.tensors.map(\.name))
        if let stranger = weights.names.first(where: { !known.contains($0) }) {
            throw CinnabarError(
                .malformed,
                "\(weights.label) has the tensor '\(stranger)', for which config.json has no place",
                hint: "config.json and the weights may belong to different models"
            )
        }
        var parameters = [Float](repeating: 0, count: layout.count)
        for tensor in layout.tensors {
            let values = try weights.floats(named: tensor.name, expecting: tensor.shape, checkingFinite: true)
            parameters.replaceSubrange(tensor.range, with: values)
        }
        return (configuration, parameters)
    }
}
