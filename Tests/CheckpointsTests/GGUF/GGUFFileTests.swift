import Checkpoints
import Common
import Foundation
import TestSupport
import Testing

/// Files written by another implementation.
@Suite(.enabled(if: SharedData.folder != nil, "no shared test data: set CINNABAR_SHARED"))
struct GGUFFileTests {
    @Test func decodedTensorsAreTheOthersBitForBit() throws {
        let files = try GGUFFixtures.read().files
        #expect(files.count == 8)
        for expected in files {
            let file = try GGUFFixtures.open(expected.file)
            #expect(file.version == 3)
            #expect(file.names == expected.tensors.map(\.name))
            #expect(try file.metadata.required("general.architecture") == expected.architecture)
            for expected in expected.tensors {
                let tensor = try file.tensor(named: expected.name, expecting: expected.shape)
                #expect(tensor.format.name == expected.type)
                let values = try tensor.floats(checkingFinite: true)
                #expect(values.withUnsafeBytes(crc32) == expected.crc, "\(tensor.label)")
                #expect(Array(values.prefix(4)) == expected.first)
                #expect(Array(values.suffix(4)) == expected.last)
                let sum = values.reduce(0) { $0 + Double($1) }
                #expect(abs(sum - expected.sum) < 1e-6 * (1 + abs(sum)))
            }
        }
    }

    @Test func everyBlockFormatDecodesLikeTheOthers() throws {
        let known = try SafetensorsFile(SharedData.file("\(GGUFFixtures.folder)/blocks.safetensors"))
        let formats = try GGUFFixtures.read().blocks
        #expect(formats.count == 14)
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("blocks.gguf")
            let items = try formats.map { format in
                let bytes = try known.tensor(named: format.type + ".blocks").bytes.data
                #expect(bytes.count == format.blocks * format.bytes)
                return GGUFWriter.Item(
                    format.type,
                    shape: [format.blocks * format.elements],
                    type: format.number,
                    bytes: bytes
                )
            }
            try GGUFWriter.write(items, metadata: [:], to: url)
            let file = try GGUFFile(url)
            for format in formats {
                let tensor = try file.tensor(named: format.type)
                #expect(tensor.format.name == format.type)
                #expect(tensor.format.unitCount == format.elements && tensor.format.unitBytes == format.bytes)
                let expected = try known.floats(named: format.type + ".values")
                let worst = zip(try tensor.floats(), expected).map { abs($0 - $1) / max(abs($1), 1e-30) }.max()
                #expect(try #require(worst) <= 1e-6, "\(format.type)")
            }
        }
    }

    @Test func theQuantiserGivesTheOthersBytes() throws {
        try withScratchFolder { folder in
            for model in ["dream", "llada"] {
                let (exact, rounded) = (
                    try GGUFFixtures.open("\(model)-F32.gguf"), try GGUFFixtures.open("\(model)-Q8_0.gguf")
                )
                let matrices = exact.tensors.filter { $0.shape.count == 2 }
                let url = folder.appendingPathComponent(model)
                try GGUFWriter.write(
                    try matrices.map { .init($0.name, shape: $0.shape, as: .q80, try $0.floats()) },
                    metadata: [:],
                    to: url
                )
                let ours = try GGUFFile(url)
                for matrix in matrices {
                    let expected = try rounded.tensor(named: matrix.name).bytes.data
                    #expect(try ours.tensor(named: matrix.name).bytes.data == expected, "\(matrix.name)")
                }
            }
        }
    }

    @Test func theVocabularyIsRead() throws {
        let vocabulary = try GGUFVocabulary(GGUFFixtures.open("llada-F16.gguf").metadata)
        #expect(vocabulary.tokens.count == 272 && vocabulary.kinds.count == 272)
        #expect(vocabulary.tokens.first == "\u{100}")
        #expect(vocabulary.merges.first == "e e")
        #expect(vocabulary.special == ["bos": 264, "eos": 265, "padding": 265, "mask": 269])
        #expect(vocabulary.pattern == "llama-bpe")
        #expect(vocabulary.addsBOS == true && vocabulary.addsEOS == nil && vocabulary.chatTemplate == nil)
    }
}
