import Foundation
import Tokenizers

/// Enough of a GGUF file, version 2 or later, for the keys of its vocabulary. Traps on a damaged file.
enum GGUFVocabulary {
    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func integer(_ size: Int) -> Int {
            defer { bytes = bytes.dropFirst(size) }
            return bytes.prefix(size).reversed().reduce(0) { $0 << 8 | Int($1) }
        }

        mutating func string() -> String {
            let count = integer(8)
            defer { bytes = bytes.dropFirst(count) }
            return String(decoding: bytes.prefix(count), as: UTF8.self)
        }

        mutating func value(_ type: Int) -> [Any] {
            let sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8]
            if type == 8 { return [string()] }
            guard type == 9 else { return [integer(sizes[type])] }
            let element = integer(4)
            return (0..<integer(8)).flatMap { _ in value(element) }
        }
    }

    static func read(_ data: Data) -> StoredVocabulary {
        var reader = Reader(bytes: [UInt8](data)[...])
        _ = reader.integer(8)
        _ = reader.integer(8)
        var keys: [String: [Any]] = [:]
        for _ in 0..<reader.integer(8) {
            let key = reader.string()
            keys[key] = reader.value(reader.integer(4))
        }
        return StoredVocabulary(
            tokens: keys["tokenizer.ggml.tokens"] as? [String] ?? [],
            types: keys["tokenizer.ggml.token_type"] as? [Int] ?? [],
            merges: keys["tokenizer.ggml.merges"] as? [String] ?? [],
            pre: keys["tokenizer.ggml.pre"]?.first as? String ?? "default",
            unknown: (keys["tokenizer.ggml.unknown_token_id"]?.first as? Int).flatMap(Int32.init(exactly:))
        )
    }
}
