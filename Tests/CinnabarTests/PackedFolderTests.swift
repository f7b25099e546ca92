import Cinnabar
import Common
import Foundation
import Models
import Testing
import Tokenizers

/// Folders whose weights lie in the file as products read them.
@Suite struct PackedFolderTests {
    private func withTarget(_ body: (URL) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("cinnabar-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url)
    }

    private func logits(_ model: Model) throws -> [Float] {
        let tokens = model.tokenizer.encode("def add(a, b):\n    return a")
        return try model.network.forward([
            ForwardItem(
                cache: model.network.makeCache(capacity: tokens.count),
                clean: tokens,
                wantedClean: Array(tokens.indices),
                canvases: [
                    CanvasInput(
                        start: tokens.count,
                        tokens: Array(repeating: model.maskToken, count: 5),
                        wanted: [0, 4]
                    )
                ]
            )
        ])[0].logits
    }

    @Test(
        "a packed folder gives the bits of packing when loading, and the same file again",
        arguments: Model.Precision.allCases
    )
    func roundTrip(precision: Model.Precision) throws {
        try withTarget { target in
            var shares: [Double] = []
            let bytes = try Model.quantize(nil, to: target, precision: precision) { shares.append($0) }
            #expect(shares == shares.sorted() && shares.last == 1)
            let packed = try Model(folder: target)
            #expect(packed.precision == precision && packed.network.weights.packedBytes == bytes)
            #expect(try logits(packed) == logits(Model(precision: precision)))
            let weights = target.appendingPathComponent("model.safetensors")
            let first = try Data(contentsOf: weights)
            #expect(first.count < bytes + 2_000_000)
            // The folder is in use, mapped; a new one takes its place.
            try Model.quantize(nil, to: target, precision: precision)
            #expect(try Data(contentsOf: weights) == first)
            #expect(try logits(packed) == logits(Model(folder: target, precision: precision)))
        }
    }

    @Test("other formats, other programs' and other versions' weights are refused with what to do")
    func refusals() throws {
        try withTarget { target in
            try Model.quantize(nil, to: target, precision: .int8)
            func expectRefusal(_ words: String..., by body: () throws -> Void) {
                do {
                    try body()
                    Issue.record("\(words) was not refused")
                } catch {
                    for word in words { #expect("\(error)".contains(word), "\(error)") }
                }
            }
            expectRefusal("int8", "bf16") { _ = try Model(folder: target, precision: .bf16) }
            expectRefusal("packed", "int8") {
                _ = try Model.quantize(target, to: target.appendingPathExtension("2"), precision: .int4)
            }
            let config = target.appendingPathComponent("config.json")
            let text = try String(contentsOf: config, encoding: .utf8)
            let changes = [
                ("\"cinnabar\",\n    \"version\"", "\"gptq\",\n    \"version\"", "gptq"),
                ("\"version\" : 1", "\"version\" : 2", "version 2"), ("\"int8\"", "\"int3\"", "int3"),
                ("\"int8\"", "\"int4\"", "shape"),
            ]
            for (old, new, word) in changes {
                #expect(text.contains(old), "\(text)")
                try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: config)
                expectRefusal(word) { _ = try Model(folder: target) }
            }
        }
        #expect(throws: CinnabarError.self) {
            let folder = try Model().folder
            try Model.quantize(folder, to: folder, precision: .int8)
        }
    }
}
