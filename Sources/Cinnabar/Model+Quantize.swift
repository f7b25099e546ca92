import Common
public import Foundation
package import Models

extension Model {
    /// Writes a model folder whose weights are packed in a format, ready to be mapped: loading it reads nothing but what
    /// the first forward touches. The folder is replaced as a whole.
    ///
    /// - Parameters:
    ///   - folder: of plain numbers, or a GGUF file; nil for the default model.
    ///   - progress: called with the share of the numbers that are packed.
    /// - Returns: bytes of the packed matrices.
    @discardableResult
    public static func quantize(
        _ folder: URL?,
        to target: URL,
        precision: Precision,
        progress: @escaping (Double) -> Void = { _ in }
    ) throws -> Int {
        let place = try folder ?? defaultFolder
        guard place.standardizedFileURL != target.standardizedFileURL else {
            throw CinnabarError(
                .invalidArgument,
                "\(target.path) is the model itself",
                hint: "name another folder: what rounding loses does not come back"
            )
        }
        let plain = try PlainModel(place)
        let total = Double(plain.layout.count)
        return try write(
            plain.checkpoint,
            stated: plain.family == nil ? nil : plain.stated,
            to: target,
            precision: precision,
            progress: { progress(Double($0) / total) },
            companions: plain.writeCompanions
        )
    }

    /// A folder of packed weights.
    ///
    /// - Parameters:
    ///   - stated: the `config.json` of a family, which says more than the network's shape.
    ///   - companions: writes what belongs beside them.
    package static func write<Source: ParameterSource>(
        _ numbers: Source,
        stated: ConfigurationFile? = nil,
        to target: URL,
        precision: Precision,
        progress: @escaping (Int) -> Void = { _ in },
        companions: (URL) throws -> Void
    ) throws -> Int {
        var bytes = 0
        try AtomicFolder.write(to: target) { partial in
            bytes = try PackedCheckpoint.write(
                numbers,
                format: precision.format,
                original: stated,
                to: partial,
                progress: progress
            )
            try companions(partial)
        }
        return bytes
    }
}
