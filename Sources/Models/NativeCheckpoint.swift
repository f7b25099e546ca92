package import Checkpoints
import Common
import Foundation
import Kernels

/// A folder of plain numbers, native or of a family: `config.json` and every tensor of ``ParameterLayout``.
package struct NativeCheckpoint: ParameterSource {
    package let configuration: ModelConfiguration
    private let layout: ParameterLayout
    private let tensors: [(tensor: Tensor, first: Int, scales: WeightScales?)]

    /// Refuses missing and further tensors and other shapes; numbers are read later.
    ///
    /// - Parameter attention: instead of what configuration and family say.
    package init(_ folder: ModelFolder, attention: AttentionRule? = nil) throws {
        let (configuration, family) = try ModelConfiguration.read(folder, attention: attention)
        if let format = try configuration.packedFormat() {
            throw CinnabarError(
                .unsupported,
                "\(folder.url.path) is packed in \(format.rawValue), expected plain numbers",
                hint: "take the folder that it was packed from"
            )
        }
        try self.init(try folder.weights(), configuration, TensorNames(family, configuration))
    }

    package init(_ weights: some TensorSource, _ configuration: ModelConfiguration, _ names: TensorNames) throws {
        self.configuration = configuration
        let layout = ParameterLayout(configuration)
        var known: Set<String> = []
        // Shapes are checked before memory is taken: a hostile configuration cannot ask for more than the file holds.
        tensors = try layout.tensors.map { tensor in
            let place = names.place(of: tensor)
            known.insert(place.name)
            let width = tensor.shape.dropFirst()
            let found = try weights.tensor(named: place.name, expecting: [place.rows] + width)
            let scaled = try WeightScales.find(for: found, in: weights)
            if let scaled { known.insert(scaled.name) }
            return (found, place.firstRow * width.reduce(1, *), scaled?.scales)
        }
        // A configuration with fewer layers would load as a network that was never trained.
        if let stranger = weights.names.first(where: { !known.contains($0) && !names.isIgnorable($0) }) {
            throw CinnabarError(
                .malformed,
                "\(weights.label) has the tensor '\(stranger)', for which config.json has no place",
                hint: "config.json and the weights may belong to different models"
            )
        }
        self.layout = layout
    }

    /// A GGUF file, whose tensors go by the usual names.
    ///
    /// - Parameter attention: instead of what file and family say.
    package static func gguf(
        _ file: GGUFFile,
        attention: AttentionRule? = nil
    ) throws -> (checkpoint: NativeCheckpoint, family: Family) {
        let description = try ConfigurationFile(file)
        let family = try Family.named(description.strings("architectures"), in: file.label)
        let configuration = try family.configuration(description, attention: attention)
        let names = TensorNames(nil, configuration)
        return (try NativeCheckpoint(GGUFWeights(file), configuration, names), family)
    }

    /// - Throws: if a number is not finite.
    package func values(_ range: Range<Int>) throws(any Error) -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(range.count)
        var index = layout.index(at: range.lowerBound)
        while result.count < range.count {
            let whole = layout.tensors[index].range
            let part = range.clamped(to: whole)
            let (tensor, first, scales) = tensors[index]
            let begin = first + part.lowerBound - whole.lowerBound
            var values = try tensor.floats(in: begin..<begin + part.count, checkingFinite: true)
            scales?.apply(to: &values, from: begin)
            if values.count == range.count { return values }
            result += values
            index += 1
        }
        return result
    }

    /// All numbers of a native network at once, for training.
    package static func read(
        _ folder: ModelFolder
    ) throws -> (configuration: ModelConfiguration, parameters: [Float]) {
        let checkpoint = try NativeCheckpoint(folder)
        guard checkpoint.configuration.variant == NetworkVariant() else {
            throw CinnabarError(
                .unsupported,
                "\(folder.config.path) describes a \(checkpoint.configuration.architectures.joined()), expected a native network",
                hint: "other families are not trained here"
            )
        }
        return (checkpoint.configuration, try checkpoint.values(0..<checkpoint.layout.count))
    }
}

extension ModelConfiguration {
    /// What a folder's `config.json` describes; the family is nil for a native network.
    package static func read(
        _ folder: ModelFolder,
        attention: AttentionRule? = nil
    ) throws -> (configuration: ModelConfiguration, family: Family?) {
        let file = try ConfigurationFile(folder)
        if try file.string("model_type") == "cinnabar" {
            var configuration = try folder.decode(ModelConfiguration.self, from: "config.json")
            if let attention { configuration.variant.attention = attention }
            try configuration.validate()
            return (configuration, nil)
        }
        let family = try Family.named(file.strings("architectures"), in: file.label)
        return (try family.configuration(file, attention: attention), family)
    }
}
