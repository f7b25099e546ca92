import Checkpoints
import Cinnabar
import Common
import Foundation
import Models
import Tokenizers
import Training

/// A whole model folder of some 60 kB with random weights, and what can be done to its files.
struct TinyModelFolder {
    static let configuration = ModelConfiguration(
        vocabularySize: SpecialToken.texts.count + 256,
        hiddenSize: 16,
        layers: 2,
        heads: 2,
        keyValueHeads: 1,
        headDimension: 8,
        feedForwardSize: 16,
        contextLength: 64
    )

    static let names = ["config.json", "generation_config.json", "tokenizer.json", "model.safetensors"]

    /// A decoding section for each mode, since the exporter writes none.
    static let decoding = """
        {"quality": {"canvas_length": 8, "gamma": 0.2, "lag": 2}, "speed": {"tau_min": 0.5, "settle": 1}, \
        "lossless": {"canvases": 2, "draft_length": 7, "draft_floor": 0.1}, "autoregressive": {"prefill_chunk": 64}}
        """

    let url: URL
    /// The undamaged files.
    let files: [String: Data]

    /// - Parameter packed: with weights in int8, ready to be mapped.
    init(_ url: URL, packed: Bool = false) throws {
        self.url = url
        var random = SplitMix64(seed: 5)
        let layout = ParameterLayout(Self.configuration)
        try ModelExport.write(
            parameters: (0..<layout.count).map { _ in Float(random.normal()) },
            configuration: Self.configuration,
            tokenizer: BPETrainer(vocabularySize: Self.configuration.vocabularySize).train(),
            metadata: ["step": "7"],
            to: url
        )
        let generation = url.appendingPathComponent("generation_config.json")
        try Self.json(["decoding": Self.decoding, "eos_token_id": "1"]).write(to: generation)
        if packed {
            let target = url.appendingPathExtension("packed")
            try Model.quantize(url, to: target, precision: .int8)
            try FileManager.default.removeItem(at: url)
            try FileManager.default.moveItem(at: target, to: url)
        }
        files = Dictionary(
            uniqueKeysWithValues: try Self.names.map { ($0, try Data(contentsOf: url.appendingPathComponent($0))) }
        )
    }

    /// Puts `data` in the place of a file; nil removes it.
    func replace(_ name: String, by data: Data?) throws {
        let file = url.appendingPathComponent(name)
        if let data { try data.write(to: file) } else { try FileManager.default.removeItem(at: file) }
    }

    func restore(_ name: String) throws { try replace(name, by: files[name]) }

    /// The top-level keys of one of the JSON files with the text of their values.
    func fields(_ name: String) throws -> [String: String] {
        let object = try JSONSerialization.jsonObject(with: files[name] ?? Data()) as? [String: Any] ?? [:]
        return try object.mapValues {
            String(decoding: try JSONSerialization.data(withJSONObject: $0, options: .fragmentsAllowed), as: UTF8.self)
        }
    }

    /// An object of keys and texts of values, which need not be JSON.
    static func json(_ fields: [String: String]) -> Data {
        Data("{\(fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", "))}".utf8)
    }

    /// A safetensors file of the weights after `change`: by name, shape, number format and values.
    static func weights(
        _ change: (inout [(name: String, shape: [Int], type: DataType, values: [Float])]) -> Void
    ) throws -> Data {
        var random = SplitMix64(seed: 6)
        var tensors = ParameterLayout(configuration).tensors.map { tensor in
            let values = (0..<tensor.count).map { _ in Float(random.normal()) }
            return (name: tensor.name, shape: tensor.shape, type: DataType.f32, values: values)
        }
        change(&tensors)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("cinnabar-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try SafetensorsWriter.write(tensors.map { .init($0.name, shape: $0.shape, as: $0.type, $0.values) }, to: file)
        return try Data(contentsOf: file)
    }
}

/// Random damage to the bytes of a file.
enum Damage: CaseIterable {
    case truncated, flipped, cut, repeated, number

    /// Numbers that have broken parsers before.
    static let numbers = [
        "0", "-1", "1", "2", "65536", "1048576", "2147483648", "4294967295", "1000000000000", "9223372036854775807",
        "-9223372036854775808", "18446744073709551616", "1e308", "1e999", "-0.5", "0.1e-400", "null", "\"7\"", "[]",
    ]

    /// - Parameter end: bytes behind it are left alone.
    func callAsFunction(_ data: Data, end: Int, _ random: inout SplitMix64) -> Data {
        var bytes = Array(data)
        let at = Int.random(in: 0..<min(end, bytes.count), using: &random)
        let length = Int.random(in: 1...64, using: &random)
        let behind = min(at + length, bytes.count)
        switch self {
        case .truncated: bytes.removeSubrange(at...)
        case .flipped:
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<min(end, bytes.count), using: &random)] ^=
                    1 << UInt8.random(in: 0..<8, using: &random)
            }
        case .cut: bytes.removeSubrange(at..<behind)
        case .repeated: bytes.insert(contentsOf: bytes[at..<behind], at: Int.random(in: 0...at, using: &random))
        case .number:
            let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
            guard let first = bytes[at...].firstIndex(where: digits.contains) else { return data.dropLast() }
            let last = bytes[first...].firstIndex { !digits.contains($0) } ?? bytes.count
            bytes.replaceSubrange(first..<last, with: Array((Self.numbers.randomElement(using: &random) ?? "").utf8))
        }
        return Data(bytes)
    }
}
