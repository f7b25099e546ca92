import Common
import Foundation

extension Model {
    /// Sixteen hexadecimal digits that differ for folders whose configuration, weights, vocabulary or decoding defaults
    /// differ: what a measurement was made of. FNV-1a over the files; no protection against forgery.
    package var fingerprint: String {
        get throws {
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for name in ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json"] {
                let url = folder.appendingPathComponent(name)
                guard FileManager.default.fileExists(atPath: url.path) else { continue }
                try MappedFile(url).withUnsafeBytes { bytes in
                    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
                }
            }
            let digits = String(hash, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
    }

    /// All that shapes the text of a hole filled with these options, as JSON with sorted keys.
    package func infillSettings(_ options: GenerationOptions) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(infillDecoding(options)), as: UTF8.self)
    }
}
