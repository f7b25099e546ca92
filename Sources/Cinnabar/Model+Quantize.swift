package import Checkpoints
import Common
public import Foundation
package import Models

extension Model {
    /// Writes a model folder whose weights are packed in a format, ready to be mapped: loading it reads nothing but what
    /// the first forward touches. The folder is replaced as a whole.
    ///
    /// - Parameters:
    ///   - folder: of plain numbers; nil for the default model.
    ///   - progress: called with the share of the numbers that are packed.
    /// - Returns: bytes of the packed matrices.
    @discardableResult
    public static func quantize(
        _ folder: URL?,
        to target: URL,
        precision: Precision,
        progress: @escaping (Double) -> Void = { _ in }
    ) throws -> Int {
        let source = try ModelFolder(folder ?? defaultFolder)
        let checkpoint = try NativeCheckpoint(source)
        guard source.url.standardizedFileURL != target.standardizedFileURL else {
            throw CinnabarError(
                .invalidArgument,
                "\(target.path) is the model itself",
                hint: "name another folder: what rounding loses does not come back"
            )
        }
        let total = Double(ParameterLayout(checkpoint.configuration).count)
        return try write(checkpoint, to: target, precision: precision, beside: source) { progress(Double($0) / total) }
    }

    /// A folder of packed weights, with the tokenizer and the decoding defaults of another.
    package static func write<Source: ParameterSource>(
        _ numbers: Source,
        to target: URL,
        precision: Precision,
        beside source: ModelFolder,
        progress: @escaping (Int) -> Void = { _ in }
    ) throws -> Int {
        var bytes = 0
        try AtomicFolder.write(to: target) { partial in
            // A family's configuration says more than the network's shape.
            let isFamily = numbers.configuration.variant != NetworkVariant()
            bytes = try PackedCheckpoint.write(
                numbers,
                format: precision.format,
                original: isFamily ? ConfigurationFile(source) : nil,
                to: partial,
                progress: progress
            )
            for name in ["tokenizer.json", "generation_config.json"] {
                guard let file = source.file(name) else { continue }
                try AtomicFile.write(try Data(contentsOf: file), to: partial.appendingPathComponent(name))
            }
        }
        return bytes
    }
}
