import Checkpoints
import Common
import Foundation
import TestSupport
import Testing

@Suite struct ModelFolderTests {
    private func model(in folder: URL, shards: Int) throws {
        try Data(#"{"model_type":"test","layers":2}"#.utf8).write(to: folder.appendingPathComponent("config.json"))
        if shards == 1 {
            let file = folder.appendingPathComponent("model.safetensors")
            return try SafetensorsWriter.write(
                [.init("a", shape: [1], [1]), .init("b", shape: [2], [2, 3])],
                to: file
            )
        }
        try SafetensorsWriter.write([.init("a", shape: [1], [1])], to: folder.appendingPathComponent("m-1.safetensors"))
        try SafetensorsWriter.write(
            [.init("b", shape: [2], [2, 3])],
            to: folder.appendingPathComponent("m-2.safetensors")
        )
        try index(#""a":"m-1.safetensors","b":"m-2.safetensors""#, in: folder)
    }

    private func index(_ map: String, in folder: URL) throws {
        let text = "{\"metadata\":{\"total_size\":12},\"weight_map\":{\(map)}}"
        try Data(text.utf8).write(to: folder.appendingPathComponent("model.safetensors.index.json"))
    }

    private func message(_ body: () throws -> Void) -> String {
        (#expect(throws: CinnabarError.self, performing: body))?.description ?? ""
    }

    @Test(arguments: [1, 2]) func opensWeights(shards: Int) throws {
        struct Config: Decodable { let layers: Int }
        try withScratchFolder { folder in
            try model(in: folder, shards: shards)
            let model = try ModelFolder(folder)
            #expect(try model.decode(Config.self, from: "config.json").layers == 2)
            #expect(model.generationConfig == nil)
            let weights = try model.weights()
            #expect(weights.names.sorted() == ["a", "b"])
            #expect(try weights.floats(named: "b", expecting: [2]) == [2, 3])
            #expect(message { _ = try weights.tensor(named: "c") }.contains("no tensor 'c'"))
            #expect(message { _ = try model.tokenizer() }.contains("no tokenizer.json"))
        }
    }

    @Test func saysWhatIsMissing() throws {
        try withScratchFolder { folder in
            #expect(message { _ = try ModelFolder(folder) }.contains("is this a model folder?"))
            #expect(message { _ = try ModelFolder(folder.appendingPathComponent("x")) }.contains("no model folder at"))
            try model(in: folder, shards: 1)
            let file = folder.appendingPathComponent("model.safetensors")
            #expect(message { _ = try ModelFolder(file) }.contains("is a file"))
            try FileManager.default.removeItem(at: file)
            #expect(message { _ = try ModelFolder(folder).weights() }.contains("no model.safetensors"))
            try Data([1]).write(to: folder.appendingPathComponent("pytorch_model.bin"))
            #expect(message { _ = try ModelFolder(folder).weights() }.contains("convert it to safetensors"))
        }
    }

    @Test(arguments: [
        (#""a":"m-3.safetensors""#, "m-3.safetensors"),
        (#""a":"m-1.safetensors","c":"m-2.safetensors""#, "has no tensor 'c'"),
        (#""a":"m-2.safetensors""#, "has no tensor 'a'"),
        (#""a":"../m-1.safetensors""#, "plain file name"),
        (#""a":"/etc/passwd""#, "plain file name"),
        (#""a":"..""#, "plain file name"),
        (#""a":"""#, "plain file name"),
        (#""a":7"#, "weight_map.a"),
        (#""a":"m-1.safetensors""#, nil),
    ])
    func indexesAreChecked(map: String, reason: String?) throws {
        try withScratchFolder { folder in
            try model(in: folder, shards: 2)
            try index(map, in: folder)
            if let reason {
                #expect(message { _ = try ModelFolder(folder).weights() }.contains(reason))
            } else {
                #expect(try ModelFolder(folder).weights().names == ["a"])
            }
        }
    }

    @Test(.enabled(if: SharedData.folder != nil, "no shared test data: set CINNABAR_SHARED"))
    func opensTheReleasedLayouts() throws {
        let parity = try SharedData.file("fixtures/parity")
        var opened = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: parity.path).sorted() {
            let url = parity.appendingPathComponent(name)
            guard FileManager.default.fileExists(atPath: url.appendingPathComponent("config.json").path) else {
                continue
            }
            let weights = try ModelFolder(url).weights()
            #expect(weights.names.count > 10)
            for name in weights.names {
                let tensor = try weights.tensor(named: name)
                #expect(try tensor.floats(checkingFinite: true).count == tensor.shape.reduce(1, *))
                #expect(tensor.type == (url.lastPathComponent == "dream-bf16" ? .bf16 : .f32))
            }
            let cases = try SafetensorsFile(url.appendingPathComponent("cases.safetensors"))
            for tensor in cases.tensors where tensor.type == .i32 { _ = try tensor.integers() }
            opened += 1
        }
        #expect(opened == 13)
        // dream-bf16 is dream rounded: another implementation's rounding against ours.
        let exact = try ModelFolder(parity.appendingPathComponent("dream")).weights()
        let rounded = try ModelFolder(parity.appendingPathComponent("dream-bf16")).weights()
        for name in exact.names {
            let ours = try exact.floats(named: name).map { HalfPrecision.float(bfloat16: HalfPrecision.bfloat16($0)) }
            #expect(try rounded.floats(named: name) == ours, "\(name)")
        }
    }
}
