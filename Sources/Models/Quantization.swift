import Common
package import Kernels

/// What `config.json` says of weights that are not plain numbers (Hugging Face's key `quantization_config`).
package struct Quantization: Codable, Sendable, Hashable {
    /// The program that wrote them.
    package var method: String
    /// A ``NumberFormat``.
    package var format: String?
    /// Of the layout of panels and of the rotation.
    package var version: Int?

    static let ours = "cinnabar"
    /// Weights in eight-bit floating point with factors beside them, which are read like other plain numbers.
    private static let plain = ["fp8", "compressed-tensors"]
    var isPlain: Bool { Self.plain.contains(method) }
    static let currentVersion = 1

    init(format: String) {
        method = Self.ours
        self.format = format
        version = Self.currentVersion
    }

    /// Of another program's only the name is read: its other keys mean other things.
    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        method = try box.decode(String.self, forKey: .method)
        guard method == Self.ours else { return }
        format = try box.decodeIfPresent(String.self, forKey: .format)
        version = try box.decodeIfPresent(Int.self, forKey: .version)
    }

    private enum CodingKeys: String, CodingKey {
        case method = "quant_method"
        case format, version
    }
}

extension ModelConfiguration {
    /// The format of packed weights; nil for plain numbers.
    ///
    /// - Throws: for weights that another program quantised.
    package func packedFormat() throws -> NumberFormat? {
        guard let quantization, !quantization.isPlain else { return nil }
        guard quantization.method == Quantization.ours else {
            throw CinnabarError(
                .unsupported,
                "config.json: the weights were quantised by '\(quantization.method)', which this build does not read",
                hint: "take the folder that they were made from, and 'cinnabar quantize' it"
            )
        }
        guard quantization.version == Quantization.currentVersion, let name = quantization.format,
            let format = NumberFormat(rawValue: name)
        else {
            throw CinnabarError(
                .unsupported,
                """
                config.json: packed weights of version \(quantization.version ?? 0) as '\(quantization.format ?? "")', this \
                build reads version \(Quantization.currentVersion)
                """,
                hint: "write the folder again with 'cinnabar quantize'"
            )
        }
        return format
    }
}
