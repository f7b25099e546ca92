package import Checkpoints
import Common
package import Foundation
package import Kernels

/// A model folder whose matrices lie in the file as products read them: mapped, not read and packed at each start.
///
/// `config.json` has ``ModelConfiguration/quantization``; `model.safetensors` has vectors as F32 by their usual names, and
/// each matrix, with those that are used together with it (query, key and value; gate and up), as U32 words named after
/// the first one with ``suffix``.
package struct PackedCheckpoint: WeightSource {
    static let suffix = ".packed"

    package let configuration: ModelConfiguration
    package let format: NumberFormat
    private let layout: ParameterLayout
    private let weights: ModelWeights

    /// - Parameter format: what ``ModelConfiguration/packedFormat()`` found.
    package init(_ folder: ModelFolder, _ configuration: ModelConfiguration, format: NumberFormat) throws {
        self.format = format
        self.configuration = configuration
        layout = ParameterLayout(configuration)
        weights = try folder.weights()
    }

    package func vector(_ offset: Int, _ count: Int) throws -> [Float] {
        let name = layout.tensors[layout.index(at: offset)].name
        let tensor = try weights.tensor(named: name)
        guard tensor.count == count else {
            throw CinnabarError(
                .malformed,
                "\(tensor.label) has \(tensor.count) numbers, expected \(count)",
                hint: "config.json and the weights belong to different models"
            )
        }
        return try tensor.floats(checkingFinite: true)
    }

    package func matrix(_ offset: Int, _ rows: Int, _ columns: Int, _ format: NumberFormat) throws -> PackedMatrix {
        let name = layout.tensors[layout.index(at: offset)].name + Self.suffix
        let bytes = PackedMatrix.byteCount(rows: rows, columns: columns, format: format)
        let tensor = try weights.tensor(named: name, expecting: [bytes / 4])
        guard tensor.type == .u32 else {
            throw CinnabarError(.malformed, "\(tensor.label) holds \(tensor.format.name) numbers, expected U32")
        }
        // A header of any length may stand before the data; words are what every processor can read.
        let isAligned = tensor.bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) % 4 == 0 }
        guard isAligned else {
            throw CinnabarError(
                .malformed,
                "\(tensor.label) does not begin at a multiple of four bytes",
                hint: "write the folder again with 'cinnabar quantize'"
            )
        }
        return PackedMatrix(tensor.bytes, rows: rows, columns: columns, format: format)
    }
}

extension PackedCheckpoint {
    /// Packs a network and writes `config.json` and `model.safetensors`.
    ///
    /// - Parameters:
    ///   - original: the `config.json` that describes the network, where a family's own does.
    ///   - progress: called with the numbers packed so far.
    /// - Returns: bytes of all matrices.
    package static func write<Source: ParameterSource>(
        _ source: Source,
        format: NumberFormat,
        original: ConfigurationFile? = nil,
        to folder: URL,
        progress: @escaping (Int) -> Void = { _ in }
    ) throws -> Int {
        var recorder = Recorder(packing: Packing(source: source, format: format), progress: progress)
        let weights = try NativeWeights(&recorder)
        let quantization = Quantization(format: format.rawValue)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let text: Data
        if var file = original {
            file.values["quantization_config"] = try JSONDecoder().decode(
                ConfigurationFile.Value.self,
                from: encoder.encode(quantization)
            )
            text = try encoder.encode(file.values)
        } else {
            var configuration = source.configuration
            configuration.quantization = quantization
            text = try encoder.encode(configuration)
        }
        try AtomicFile.write(text, to: folder.appendingPathComponent("config.json"))
        try SafetensorsWriter.write(recorder.items, to: folder.appendingPathComponent("model.safetensors"))
        return weights.packedBytes
    }

    /// Notes what is packed under the name that a reader will look for.
    private struct Recorder<Source: ParameterSource>: WeightSource {
        let packing: Packing<Source>
        let progress: (Int) -> Void
        let layout: ParameterLayout
        var items: [SafetensorsWriter.Item] = []
        private var done = 0

        init(packing: Packing<Source>, progress: @escaping (Int) -> Void) {
            self.packing = packing
            self.progress = progress
            layout = ParameterLayout(packing.configuration)
        }

        var configuration: ModelConfiguration { packing.configuration }
        var format: NumberFormat { packing.format }

        mutating func vector(_ offset: Int, _ count: Int) throws -> [Float] {
            let values = try packing.vector(offset, count)
            items.append(.init(layout.tensors[layout.index(at: offset)].name, shape: [count], values))
            note(count)
            return values
        }

        mutating func matrix(_ offset: Int, _ rows: Int, _ columns: Int, _ format: NumberFormat) throws -> PackedMatrix
        {
            let packed = try packing.matrix(offset, rows, columns, format)
            let name = layout.tensors[layout.index(at: offset)].name + suffix
            items.append(.init(name, shape: [packed.byteCount / 4], as: .u32, bytes: packed.bytes))
            note(rows * columns)
            return packed
        }

        private mutating func note(_ count: Int) {
            done += count
            progress(done)
        }
    }
}
