import Checkpoints
import Common
import Foundation
import Testing

@Suite struct GGUFWriterTests {
    @Test(arguments: 0..<10) func tensorsComeBack(seed: Int) throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("model.gguf")
            var random = SplitMix64(seed: UInt64(seed))
            let alignment = 8 << Int.random(in: 0...6, using: &random)
            let tensors = (0..<Int.random(in: 0...9, using: &random)).map { index in
                var shape = (0..<Int.random(in: 0...3, using: &random)).map { _ in Int.random(in: 0...4, using: &random)
                }
                shape.append(32 * Int.random(in: 1...3, using: &random))
                return (
                    name: "t\(index)", shape: shape,
                    values: (0..<shape.reduce(1, *)).map { _ in Float(random.normal()) }
                )
            }
            let encodings: [FloatEncoding] = [.f32, .f16, .bf16, .q80]
            let items = encodings.flatMap { encoding in
                tensors.map { GGUFWriter.Item("\($0.name).\(encoding)", shape: $0.shape, as: encoding, $0.values) }
            }
            try GGUFWriter.write(items, metadata: [:], alignment: alignment, to: url)
            let file = try GGUFFile(url)
            #expect(file.alignment == alignment)
            #expect(file.names == items.map(\.name))
            for tensor in file.tensors where !tensor.bytes.range.isEmpty {
                #expect(tensor.bytes.range.lowerBound % alignment == 0)
            }
            for tensor in tensors {
                func read(_ encoding: FloatEncoding) throws -> [Float] {
                    try file.floats(named: "\(tensor.name).\(encoding)", expecting: tensor.shape)
                }
                #expect(try read(.f32) == tensor.values, "seed \(seed)")
                #expect(
                    try read(.f16) == tensor.values.map { HalfPrecision.float(float16: HalfPrecision.float16($0)) }
                )
                #expect(
                    try read(.bf16) == tensor.values.map { HalfPrecision.float(bfloat16: HalfPrecision.bfloat16($0)) }
                )
                // Half a step of the block's largest magnitude, and what the float16 scale is off.
                let rounded = try read(.q80)
                for start in stride(from: 0, to: rounded.count, by: 32) {
                    let block = tensor.values[start..<start + 32]
                    let bound = (block.map(\.magnitude).max() ?? 0) * (0.5 / 127 + 0x1p-11 + 1e-6)
                    for index in block.indices { #expect(abs(rounded[index] - block[index]) <= bound, "seed \(seed)") }
                }
            }
        }
    }

    /// All formats on random bytes: any part of the numbers is that part of the whole.
    @Test func partsOfBlocksArePartsOfTheWhole() throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("model.gguf")
            var random = SplitMix64(seed: 3)
            let sizes: [(type: UInt32, bytes: Int)] = [
                (2, 18), (3, 20), (6, 22), (7, 24), (8, 34), (10, 84), (11, 110), (12, 144), (13, 176), (14, 210),
                (20, 18), (23, 136), (1, 2), (30, 2), (28, 8),
            ]
            let items = sizes.map { type, bytes in
                let numbers = bytes <= 8 ? 1 : bytes < 84 ? 32 : 256
                let data = Data((0..<1024 / numbers * bytes).map { _ in UInt8.random(in: 0...255, using: &random) })
                return GGUFWriter.Item("\(type)", shape: [2, 512], type: type, bytes: data)
            }
            try GGUFWriter.write(items, metadata: [:], to: url)
            for tensor in try GGUFFile(url).tensors {
                let whole = try tensor.floats().map(\.bitPattern)
                #expect(Set(whole).count > 100, "\(tensor.format.name)")
                for _ in 0..<100 {
                    let start = Int.random(in: 0...1024, using: &random)
                    let end = Int.random(in: start...1024, using: &random)
                    let part = try tensor.floats(in: start..<end).map(\.bitPattern)
                    #expect(part == Array(whole[start..<end]), "\(tensor.format.name) \(start)..<\(end)")
                }
            }
        }
    }

    /// Three formats by the words of their definition, one number at a time.
    @Test func blocksDecodeAsDefined() throws {
        var random = SplitMix64(seed: 11)
        func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) } }
        let scale = Float(0.375)
        let half = [UInt8(0x00), 0x36]
        let (four, eight, six) = (half + bytes(16), half + bytes(32), bytes(208) + half)
        func sixBits(_ index: Int) -> Float {
            let (part, place) = (index / 128, index % 128)
            let low = six[part * 64 + place % 64] >> (place < 64 ? 0 : 4) & 15
            let high = six[128 + part * 32 + place % 32] >> (place / 32 * 2) & 3
            return scale * Float(Int8(bitPattern: six[192 + index / 16])) * Float(Int(low | high << 4) - 32)
        }
        let expected: [(UInt32, [UInt8], [Float])] = [
            (2, four, (0..<32).map { scale * Float(Int(four[2 + $0 % 16] >> ($0 < 16 ? 0 : 4) & 15) - 8) }),
            (8, eight, (0..<32).map { scale * Float(Int8(bitPattern: eight[2 + $0])) }),
            (14, six, (0..<256).map(sixBits)),
        ]
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("model.gguf")
            for (type, block, values) in expected {
                try GGUFWriter.write(
                    [.init("x", shape: [values.count], type: type, bytes: Data(block))],
                    metadata: [:],
                    to: url
                )
                #expect(try GGUFFile(url).floats(named: "x") == values, "type \(type)")
            }
        }
    }

    @Test func extremesOfTheQuantiser() throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("model.gguf")
            func write(_ value: Float) throws -> [Float] {
                let values = [value] + [Float](repeating: 0, count: 31)
                try GGUFWriter.write([.init("x", shape: [32], as: .q80, values)], metadata: [:], to: url)
                return try GGUFFile(url).floats(named: "x")
            }
            for tiny in [0, Float.leastNonzeroMagnitude, .leastNormalMagnitude, -1e-38] {
                let values = try write(tiny)
                #expect(values.allSatisfy { $0 == 0 })
            }
            let large = try write(-8_300_000)
            #expect(large[0] == -127 * 65_344)
            for bad in [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
                #expect(complaint { _ = try write(bad) }.contains("cannot be Q8_0"))
            }
            let kept = try GGUFFile(url).floats(named: "x")
            #expect(kept == large)
        }
    }

    @Test func writesInPiecesAndRefusesWhatMakesNoFile() throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("model.gguf")
            let values = (0..<600_000).map { Float($0 % 251) }
            func item(_ encoding: FloatEncoding, cut: Int) -> GGUFWriter.Item {
                .init("x", shape: [600, 1000 / 32 * 32], as: encoding) { append in
                    let used = 600 * 992
                    try values.withUnsafeBufferPointer { all in
                        try append(UnsafeBufferPointer(rebasing: all[..<cut]))
                        try append(UnsafeBufferPointer(rebasing: all[cut..<used]))
                    }
                }
            }
            try GGUFWriter.write([item(.bf16, cut: 7)], metadata: [:], to: url)
            #expect(try GGUFFile(url).floats(named: "x") == Array(values.prefix(600 * 992)))
            try GGUFWriter.write([item(.q80, cut: 64)], metadata: [:], to: url)
            let good = try Data(contentsOf: url)
            let bad: [[GGUFWriter.Item]] = [
                [item(.q80, cut: 7)], [.init("x", shape: [2], [5])], [.init("x", shape: [33], as: .q80, [])],
                [.init("x", shape: [1], [5]), .init("x", shape: [1], [6])], [.init("x", shape: [-1], [])],
                [.init("x", shape: [.max, 2], [])], [.init("x", shape: [1, 1, 1, 1, 1], [5])],
                [.init(String(repeating: "x", count: 256), shape: [1], [5])],
                [.init("x", shape: [32], type: 2, bytes: Data(count: 17))],
            ]
            for items in bad {
                let error = #expect(throws: CinnabarError.self) { try GGUFWriter.write(items, metadata: [:], to: url) }
                #expect(error?.code == .invalidArgument)
            }
            for alignment in [0, 1, 24, 1 << 21, -8, .min] {
                #expect(throws: CinnabarError.self) {
                    try GGUFWriter.write([], metadata: [:], alignment: alignment, to: url)
                }
            }
            #expect(throws: CinnabarError.self) {
                try GGUFWriter.write([], metadata: ["a": .bool(true), "a": .bool(true)], to: url)
            }
            #expect(try Data(contentsOf: url) == good)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model.gguf"])
        }
    }
}
