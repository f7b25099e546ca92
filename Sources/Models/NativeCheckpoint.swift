package import Checkpoints
import Common
import Foundation
import Kernels

/// A native model folder: `config.json` and every tensor of ``ParameterLayout``.
package struct NativeCheckpoint: ParameterSource {
    package let configuration: ModelConfiguration
    private let layout: ParameterLayout
    private let tensors: [Tensor]

    /// Refuses missing and further tensors and other shapes; numbers are read later.
    package init(_ folder: ModelFolder) throws {
        configuration = try folder.decode(ModelConfiguration.self, from: "config.json")
        try configuration.validate()
        if let format = try configuration.packedFormat() {
            throw CinnabarError(
                .unsupported,
                "\(folder.url.path) is packed in \(format.rawValue), expected plain numbers",
                hint: "take the folder that it was packed from"
            )
        }
        let weights = try folder.weights()
        let layout = ParameterLayout(configuration)
        // Shapes are checked before memory is taken: a hostile configuration cannot ask for more than the file holds.
        tensors = try layout.tensors.map { try weights.tensor(named: $0.name, expecting: $0.shape) }
        // A configuration with fewer layers would load as a network that was never trained.
        let known = Set(layout.tensors.map(\.name))
        if let stranger = weights.names.first(where: { !known.contains($0) }) {
            throw CinnabarError(
                .malformed,
                "\(weights.label) has the tensor '\(stranger)', for which config.json has no place",
                hint: "config.json and the weights may belong to different models"
            )
        }
        self.layout = layout
    }

    /// - Throws: if a number is not finite.
    package func values(_ range: Range<Int>) throws(any Error) -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(range.count)
        var index = layout.index(at: range.lowerBound)
        while result.count < range.count {
            let whole = layout.tensors[index].range
            let part = range.clamped(to: whole)
            let shifted = part.lowerBound - whole.lowerBound..<part.upperBound - whole.lowerBound
            let values = try tensors[index].floats(in: shifted, checkingFinite: true)
            if values.count == range.count { return values }
            result += values
            index += 1
        }
        return result
    }

    /// All numbers at once, for training.
    package static func read(
        _ folder: ModelFolder
    ) throws -> (configuration: ModelConfiguration, parameters: [Float]) {
        let checkpoint = try NativeCheckpoint(folder)
        return (checkpoint.configuration, try checkpoint.values(0..<checkpoint.layout.count))
    }
}
