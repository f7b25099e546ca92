import Checkpoints
import Common
import Foundation
import Testing

@Suite struct SafetensorsWriterTests {
    @Test(arguments: 0..<20) func roundTripIsBitExact(seed: Int) throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("model.safetensors")
            var random = SplitMix64(seed: UInt64(seed))
            let tensors = (0..<Int.random(in: 0...12, using: &random)).map { index in
                let shape = (0..<Int.random(in: 0...4, using: &random)).map { _ in Int.random(in: 0...5, using: &random)
                }
                // Any bit pattern, NaN and denormals included.
                let values = (0..<shape.reduce(1, *)).map { _ in
                    Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
                }
                return (name: "layer.\(index) \"ü\u{1}\\", shape: shape, values: values)
            }
            let metadata = ["format": "pt", "a\nb": "\u{1F600}\t"]
            try SafetensorsWriter.write(
                tensors.map { .init($0.name, shape: $0.shape, as: .f32, $0.values) }
                    + tensors.map { .init("half." + $0.name, shape: $0.shape, as: .bf16, $0.values) },
                metadata: metadata,
                to: url
            )
            let file = try SafetensorsFile(url)
            #expect(file.metadata == metadata)
            #expect(file.tensors.count == 2 * tensors.count)
            for tensor in tensors {
                let read = try file.floats(named: tensor.name, expecting: tensor.shape)
                #expect(read.map(\.bitPattern) == tensor.values.map(\.bitPattern), "seed \(seed)")
                let half = try file.tensor(named: "half." + tensor.name, expecting: tensor.shape)
                #expect(half.type == .bf16)
                let expected = tensor.values.map { UInt32(HalfPrecision.bfloat16($0)) << 16 }
                #expect(try half.floats().map(\.bitPattern) == expected, "seed \(seed)")
            }
        }
    }

    @Test func theSameTensorsGiveTheSameBytesInAnyOrder() throws {
        try withScratchFolder { folder in
            let items: [SafetensorsWriter.Item] = [
                .init("b", shape: [2], [1, 2]), .init("a", shape: [3], as: .bf16, [1, 2, 3]),
                .init("c", shape: [], as: .i64, bytes: Data([7, 0, 0, 0, 0, 0, 0, 0])),
            ]
            let (first, second) = (folder.appendingPathComponent("1"), folder.appendingPathComponent("2"))
            try SafetensorsWriter.write(items, metadata: ["x": "1", "y": "2"], to: first)
            try SafetensorsWriter.write(items.reversed(), metadata: ["y": "2", "x": "1"], to: second)
            #expect(try Data(contentsOf: first) == Data(contentsOf: second))
            let file = try SafetensorsFile(first)
            #expect(file.names == ["c", "b", "a"])
            #expect(try file.tensor(named: "c", expecting: []).integers() == [7])
            // Aligned in the file: the header ends at a multiple of 8, wide numbers come first.
            for tensor in file.tensors { #expect(tensor.bytes.range.lowerBound % tensor.format.unitBytes == 0) }
        }
    }

    @Test func writesInPieces() throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("pieces")
            let values = (0..<600_000).map(Float.init)
            let item = { (type: DataType) in
                SafetensorsWriter.Item("x-\(type)", shape: [600, 1000], as: type) { append in
                    try values.withUnsafeBufferPointer { all in
                        try append(UnsafeBufferPointer(rebasing: all[..<7]))
                        try append(UnsafeBufferPointer(rebasing: all[7...]))
                    }
                }
            }
            try SafetensorsWriter.write([item(.f32), item(.bf16)], to: url)
            let file = try SafetensorsFile(url)
            #expect(try file.floats(named: "x-f32") == values)
            let rounded = values.map { HalfPrecision.float(bfloat16: HalfPrecision.bfloat16($0)) }
            #expect(try file.floats(named: "x-bf16") == rounded)
        }
    }

    @Test func refusesWhatMakesNoFileAndKeepsTheOldOne() throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("model")
            try SafetensorsWriter.write([.init("x", shape: [1], [5])], to: url)
            let bad: [[SafetensorsWriter.Item]] = [
                [.init("x", shape: [2], [5])],
                [.init("x", shape: [1], [5, 6])],
                [.init("x", shape: [1], [5]), .init("x", shape: [1], [6])],
                [.init("__metadata__", shape: [1], [5])],
                [.init("x", shape: [-1], [])],
                [.init("x", shape: [.max, 2], [])],
                [.init("x", shape: [1], as: .f16, [5])],
                [.init("x", shape: [1], as: .i32, bytes: Data(count: 3))],
            ]
            for items in bad {
                let error = #expect(throws: CinnabarError.self) { try SafetensorsWriter.write(items, to: url) }
                #expect(error?.code == .invalidArgument)
            }
            #expect(try SafetensorsFile(url).floats(named: "x") == [5])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model"])
        }
    }

    @Test func namesTheFirstNumberThatIsNotFinite() throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("model")
            try SafetensorsWriter.write([.init("w", shape: [2, 3], [1, 2, 3, 4, .nan, .infinity])], to: url)
            let file = try SafetensorsFile(url)
            #expect(try file.floats(named: "w").count == 6)
            let error = #expect(throws: CinnabarError.self) { try file.floats(named: "w", checkingFinite: true) }
            #expect(error?.message.contains("tensor 'w'") == true)
            #expect(error?.message.contains("has nan at [1, 1]") == true)
        }
    }
}
