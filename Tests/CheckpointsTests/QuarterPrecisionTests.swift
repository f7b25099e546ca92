import Checkpoints
import Common
import Foundation
import Testing

/// Eight-bit numbers as tensors of a safetensors file, and their factors.
@Suite struct QuarterPrecisionTests {
    /// A file of tensors as raw bytes.
    private func write(_ tensors: [(name: String, type: String, shape: [Int], bytes: [UInt8])], to url: URL) throws {
        var begin = 0
        let fields = tensors.map { tensor in
            defer { begin += tensor.bytes.count }
            return """
                "\(tensor.name)":{"dtype":"\(tensor.type)","shape":\(tensor.shape),"data_offsets":\
                [\(begin),\(begin + tensor.bytes.count)]}
                """
        }
        var header = Array("{\(fields.joined(separator: ","))}".utf8)
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        var data = Data(withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init))
        data += header
        for tensor in tensors { data += tensor.bytes }
        try data.write(to: url)
    }

    private func floats(_ values: [Float]) -> [UInt8] {
        values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
    }

    /// What a code means by the table of the specification, in float64; it agrees with ml_dtypes 0.6.0 in all codes.
    private func value(_ code: Int, fraction: Int, bias: Int) -> Double {
        let exponent = (code & 0x7F) >> fraction
        let part = Double(code & (1 << fraction - 1)) / Double(1 << fraction)
        let magnitude =
            exponent == 0 ? part * pow(2, Double(1 - bias)) : (1 + part) * pow(2, Double(exponent - bias))
        return code < 128 ? magnitude : -magnitude
    }

    @Test("All 256 codes of both formats")
    func codes() throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("codes.safetensors")
            let all = (0...255).map { UInt8($0) }
            try write([("a", "F8_E4M3", [16, 16], all), ("b", "F8_E5M2", [256], all)], to: url)
            let file = try SafetensorsFile(url)
            let (a, b) = (try file.floats(named: "a"), try file.floats(named: "b"))
            for code in 0...255 {
                switch code & 0x7F {
                case 0x7F: #expect(a[code].isNaN && b[code].isNaN, "code \(code)")
                case 0x7D, 0x7E: #expect(b[code].isNaN, "code \(code)")
                case 0x7C: #expect(b[code] == (code < 128 ? .infinity : -.infinity))
                default: #expect(Double(b[code]) == value(code, fraction: 2, bias: 15), "E5M2 code \(code)")
                }
                if code & 0x7F != 0x7F {
                    #expect(Double(a[code]) == value(code, fraction: 3, bias: 7), "E4M3 code \(code)")
                    #expect(a[code].sign == (code < 128 ? .plus : .minus), "E4M3 code \(code)")
                }
            }
            #expect(a[0x7E] == 448 && b[0x7B] == 57_344)
            // Parts of a tensor are read alone.
            #expect(try file.tensor(named: "a").floats(in: 9..<12) == Array(a[9..<12]))
        }
    }

    @Test("Factors of a tensor, of its rows and of blocks", arguments: [[], [1], [150], [150, 1], [2, 3]])
    func factors(shape: [Int]) throws {
        let (rows, columns) = (150, 300)
        var random = SplitMix64(seed: 4)
        // Without the NaN.
        let codes = (0..<rows * columns).map { _ in UInt8.random(in: 0..<0x7F, using: &random) }
        let factors = (0..<max(1, shape.reduce(1, *))).map { _ in Float.random(in: 0.1..<2, using: &random) }
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("model.safetensors")
            for suffix in ["_scale", "_scale_inv"] {
                try write(
                    [
                        ("x.weight", "F8_E4M3", [rows, columns], codes),
                        ("x.weight" + suffix, "F32", shape, floats(factors)), ("y.weight", "F8_E4M3", [1], [8]),
                    ],
                    to: url
                )
                let file = try SafetensorsFile(url)
                let tensor = try file.tensor(named: "x.weight")
                let found = try #require(try WeightScales.find(for: tensor, in: file))
                #expect(found.name == "x.weight" + suffix)
                #expect(try WeightScales.find(for: file.tensor(named: "y.weight"), in: file) == nil)
                let begin = Int.random(in: 0..<rows * columns, using: &random)
                let end = Int.random(in: begin..<rows * columns, using: &random)
                var values = try tensor.floats(in: begin..<end)
                found.scales.apply(to: &values, from: begin)
                for (offset, value) in values.enumerated() {
                    let (row, column) = (begin + offset).quotientAndRemainder(dividingBy: columns)
                    let factor =
                        shape == [2, 3]
                        ? factors[row / 128 * 3 + column / 128] : factors[factors.count == 1 ? 0 : row]
                    #expect(value == factor * QuarterPrecision.float(e4m3: codes[begin + offset]))
                }
            }
        }
    }

    @Test("Factors of another shape and such as are no numbers are errors")
    func strangeFactors() throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("model.safetensors")
            for (shape, first) in [([3], Float(1)), ([2, 2], 1), ([1], .nan), ([0], 1)] {
                let factors = Array(repeating: first, count: shape.reduce(1, *))
                try write(
                    [
                        ("w", "F8_E4M3", [4, 4], Array(repeating: 8, count: 16)),
                        ("w_scale", "F32", shape, floats(factors)),
                    ],
                    to: url
                )
                let file = try SafetensorsFile(url)
                let error = #expect(throws: CinnabarError.self) {
                    try WeightScales.find(for: file.tensor(named: "w"), in: file)
                }
                #expect(error?.description.contains("w_scale") == true)
            }
        }
    }
}
