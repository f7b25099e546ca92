import Checkpoints
import Common
import Foundation
import Models
import Testing

/// A checkpoint in eight-bit numbers with factors beside them.
@Suite struct ScaledWeightsTests {
    @Test("Weights are their numbers times their factors, also where a tensor holds queries, keys and values")
    func reads() throws {
        let family = try Family.named(["LLaDA2MoeModelLM"], in: "")
        var values: [String: ConfigurationFile.Value] = [
            "architectures": .list([.string("LLaDA2MoeModelLM")]),
            "quantization_config": .object(["quant_method": .string("fp8"), "version": .string("0.1")]),
        ]
        for (key, number) in [
            ("vocab_size", 40), ("hidden_size", 136), ("num_hidden_layers", 2), ("num_attention_heads", 3),
            ("num_key_value_heads", 1), ("head_dim", 48), ("intermediate_size", 24), ("max_position_embeddings", 64),
            ("num_experts", 4), ("num_experts_per_tok", 2), ("moe_intermediate_size", 8), ("first_k_dense_replace", 1),
        ] { values[key] = .number(Double(number)) }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("scaled-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try JSONEncoder().encode(values).write(to: folder.appendingPathComponent("config.json"))
        let c = try family.configuration(ConfigurationFile(values, label: "config.json"))
        let names = TensorNames(family, c)

        var random = SplitMix64(seed: 6)
        var codes: [String: (shape: [Int], codes: [UInt8])] = [:]
        for tensor in ParameterLayout(c).tensors {
            let place = names.place(of: tensor)
            let shape = [place.rows] + tensor.shape.dropFirst()
            let count = shape.reduce(1, *)
            codes[place.name] = (shape, (0..<count).map { _ in UInt8.random(in: 0..<0x7F, using: &random) })
        }
        var (header, data) = ([String](), Data())
        func add(_ name: String, _ type: String, _ shape: [Int], _ bytes: some Collection<UInt8>) {
            let range = [data.count, data.count + bytes.count]
            header.append("\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(range)}")
            data += bytes
        }
        var factors: [String: [Float]] = [:]
        for (name, tensor) in codes.sorted(by: { $0.key < $1.key }) {
            add(name, "F8_E4M3", tensor.shape, tensor.codes)
            // Vectors are meant as they are.
            guard tensor.shape.count == 2 else { continue }
            let shape = tensor.shape.map { ($0 + 127) / 128 }
            let own = (0..<shape[0] * shape[1]).map { _ in Float.random(in: 0.01..<0.1, using: &random) }
            factors[name] = own
            add(name + "_scale_inv", "F32", shape, own.flatMap { withUnsafeBytes(of: $0.bitPattern, Array.init) })
        }
        add("model.layers.0.mlp.down_proj.input_scale", "F32", [], [0, 0, 128, 63])
        let text = Array("{\(header.joined(separator: ","))}".utf8)
        let length = withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init)
        try (Data(length) + text + data).write(to: folder.appendingPathComponent("model.safetensors"))

        let checkpoint = try NativeCheckpoint(ModelFolder(folder))
        for tensor in ParameterLayout(c).tensors {
            let place = names.place(of: tensor)
            let (shape, all) = try #require(codes[place.name])
            let width = shape.dropFirst().reduce(1, *)
            let found = try checkpoint.values(tensor.range)
            let expected = (0..<tensor.count).map { index in
                let row = place.firstRow + index / width
                let number = QuarterPrecision.float(e4m3: all[row * width + index % width])
                let factor = row / 128 * ((width + 127) / 128) + index % width / 128
                return factors[place.name].map { $0[factor] * number } ?? number
            }
            #expect(found == expected, "\(tensor.name)")
        }
    }
}
