import Cinnabar
import Models

/// The shape of a network on the command line: `layers=28,hidden=1024,…`; what is not named is as in the default model.
/// With `experts=256,expert-ffn=512` it is a mixture of experts.
enum ShapeArgument {
    private static let mixtureSizes: [(name: String, path: any WritableKeyPath<MixtureOfExperts, Int> & Sendable)] = [
        ("experts", \.experts), ("expert-ffn", \.width), ("experts-per-token", \.chosen), ("shared-ffn", \.sharedWidth),
        ("dense-layers", \.denseLayers),
    ]
    private static let sizes: [(name: String, path: any WritableKeyPath<ModelConfiguration, Int> & Sendable)] = [
        ("layers", \.layers), ("hidden", \.hiddenSize), ("heads", \.heads), ("kv-heads", \.keyValueHeads),
        ("head-dim", \.headDimension), ("ffn", \.feedForwardSize), ("vocab", \.vocabularySize),
        ("context", \.contextLength),
    ]

    private static var names: [String] { sizes.map(\.name) + mixtureSizes.map(\.name) }

    /// - Throws: a name that does not exist, a value that is no number, a shape that no network can have.
    static func parse(_ text: String?) throws -> ModelConfiguration {
        var configuration = ModelConfiguration(
            vocabularySize: 4096,
            hiddenSize: 256,
            layers: 8,
            heads: 4,
            keyValueHeads: 2,
            headDimension: 64,
            feedForwardSize: 704,
            contextLength: 1024
        )
        let hint = "a shape is such as layers=8,hidden=256; it names \(names.joined(separator: ", "))"
        var mixture: MixtureOfExperts?
        for part in (text ?? "").split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            let value = pair.count == 2 ? Int(pair[1]) : nil
            if let value, let size = sizes.first(where: { $0.name == pair[0] }) {
                configuration[keyPath: size.path] = value
            } else if let value, let size = mixtureSizes.first(where: { $0.name == pair[0] }) {
                var changed = mixture ?? MixtureOfExperts(router: .groupedSigmoid, experts: 64, chosen: 8, width: 512)
                changed[keyPath: size.path] = value
                mixture = changed
            } else {
                throw CinnabarError.usage("--shape '\(part)' is no size of a network", hint: hint)
            }
        }
        configuration.variant.experts = mixture
        do {
            try configuration.validate(name: "--shape")
        } catch let error as CinnabarError {
            throw CinnabarError.usage(error.message, hint: hint)
        }
        return configuration
    }
}
