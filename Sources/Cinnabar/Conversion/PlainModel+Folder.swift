import Checkpoints
import Common
import Foundation
import Models

extension PlainModel {
    /// Writes a Hugging Face folder of plain numbers with the family's own names of keys and tensors.
    ///
    /// - Parameters:
    ///   - type: F32 or BF16.
    ///   - progress: called with the numbers written so far.
    func writeFolder(_ target: URL, as type: DataType, progress: @escaping (Int) -> Void) throws {
        try AtomicFolder.write(to: target) { partial in
            var file = stated
            file.values["torch_dtype"] = .string(type == .bf16 ? "bfloat16" : "float32")
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try AtomicFile.write(try encoder.encode(file.values), to: partial.appendingPathComponent("config.json"))
            try writeCompanions(to: partial)
            try SafetensorsWriter.write(
                items(as: type, progress),
                metadata: ["format": "pt"],
                to: partial.appendingPathComponent("model.safetensors")
            )
        }
    }

    /// Tensors of the file, each of which may hold several of the layout, in its order.
    private func items(as type: DataType, _ progress: @escaping (Int) -> Void) -> [SafetensorsWriter.Item] {
        let names = TensorNames(family, configuration)
        let parts = layout.tensors.map { (place: names.place(of: $0), tensor: $0) }
        var order: [String] = []
        let groups = Dictionary(grouping: parts, by: \.place.name)
        for part in parts where order.last != part.place.name { order.append(part.place.name) }
        let counter = Counter(progress)
        return order.map { name in
            let parts = groups[name, default: []].sorted { $0.place.firstRow < $1.place.firstRow }
            let shape = [parts[0].place.rows] + parts[0].tensor.shape.dropFirst()
            return SafetensorsWriter.Item(name, shape: shape, as: type) { append in
                for part in parts {
                    for piece in part.tensor.range.pieces(of: 1 << 20) {
                        let values = try checkpoint.values(piece)
                        try values.withUnsafeBufferPointer { try append($0) }
                        counter.add(piece.count)
                    }
                }
            }
        }
    }
}

/// Adds up what is done.
final class Counter {
    private var done = 0
    private let report: (Int) -> Void

    init(_ report: @escaping (Int) -> Void) { self.report = report }

    func add(_ count: Int) {
        done += count
        report(done)
    }
}

extension Range<Int> {
    /// Parts of at most so many numbers.
    func pieces(of size: Int) -> [Range<Int>] {
        stride(from: lowerBound, to: upperBound, by: size).map { $0..<Swift.min($0 + size, upperBound) }
    }
}
