import Cinnabar
import Models

/// The shape of a network on the command line: `layers=28,hidden=1024,…`; what is not named is as in the default model.
enum ShapeArgument {
    private static let sizes: [(name: String, path: any WritableKeyPath<ModelConfiguration, Int> & Sendable)] = [
        ("layers", \.layers), ("hidden", \.hiddenSize), ("heads", \.heads), ("kv-heads", \.keyValueHeads),
        ("head-dim", \.headDimension), ("ffn", \.feedForwardSize), ("vocab", \.vocabularySize),
        ("context", \.contextLength),
    ]

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
        let hint = "a shape is such as layers=8,hidden=256; it names \(sizes.map(\.name).joined(separator: ", "))"
        for part in (text ?? "").split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let value = Int(pair[1]), let size = sizes.first(where: { $0.name == pair[0] })
            else {
                throw CinnabarError.usage("--shape '\(part)' is no size of a network", hint: hint)
            }
            configuration[keyPath: size.path] = value
        }
        do {
            try configuration.validate(name: "--shape")
        } catch let error as CinnabarError {
            throw CinnabarError.usage(error.message, hint: hint)
        }
        return configuration
    }
}
