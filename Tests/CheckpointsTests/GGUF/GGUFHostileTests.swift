import Checkpoints
import Common
import Foundation
import Testing

/// Damaged and malicious files: each gives an error that names the file; none traps, hangs or is believed.
@Suite struct GGUFHostileTests {
    /// Builds files by hand, so that they can lie.
    private struct Draft {
        var data = Data("GGUF".utf8)

        static func + (draft: Draft, value: some FixedWidthInteger) -> Draft {
            Draft(data: draft.data + withUnsafeBytes(of: value.littleEndian) { Data($0) })
        }

        static func + (draft: Draft, text: String) -> Draft {
            let counted = draft + UInt64(text.utf8.count)
            return Draft(data: counted.data + Data(text.utf8))
        }

        static func head(version: UInt32 = 3, tensors: UInt64 = 0, pairs: UInt64 = 0) -> Draft {
            Draft() + version + tensors + pairs
        }

        /// One tensor and 32 bytes of data.
        static func tensor(
            _ sizes: [UInt64] = [8],
            type: UInt32 = 0,
            offset: UInt64 = 0,
            name: String = "x"
        ) -> Draft {
            (head(tensors: 1).tensor(sizes, type: type, offset: offset, name: name)).data(32)
        }

        func tensor(_ sizes: [UInt64], type: UInt32 = 0, offset: UInt64, name: String) -> Draft {
            sizes.reduce(self + name + UInt32(sizes.count)) { $0 + $1 } + type + offset
        }

        func data(_ count: Int) -> Draft {
            Draft(data: data + Data(count: (32 - data.count % 32) % 32 + count))
        }
    }

    /// Opens the bytes as a file and reads everything in all ways.
    @discardableResult
    private func read(_ bytes: Data, in folder: URL) throws -> GGUFFile {
        let url = folder.appendingPathComponent("hostile.gguf")
        try bytes.write(to: url)
        let file = try GGUFFile(url)
        func attempt(_ body: () throws -> Void) {
            let message = complaint(body)
            if message.contains("a foreign error") { Issue.record("\(message)") }
        }
        for key in file.metadata.keys {
            attempt { _ = try file.metadata.value(key, as: [String].self) }
            attempt { _ = try file.metadata.value(key, as: [Int].self) }
            attempt { _ = try file.metadata.value(key, as: Double.self) }
        }
        for tensor in file.tensors {
            attempt { _ = try tensor.floats(checkingFinite: true) }
            attempt { _ = try tensor.integers() }
        }
        attempt { _ = try GGUFConfiguration(file).json() }
        attempt { _ = try GGUFVocabulary(file.metadata) }
        attempt {
            let weights = try GGUFWeights(file)
            for name in weights.names { attempt { _ = try weights.floats(named: name) } }
        }
        return file
    }

    @Test func theSmallestFilesAreGood() throws {
        try withScratchFolder { folder in
            #expect(try read(Draft.head().data, in: folder).names == [])
            #expect(try read(Draft.head(version: 2).data, in: folder).version == 2)
            #expect(try read(Draft.tensor().data, in: folder).floats(named: "x") == [Float](repeating: 0, count: 8))
            let empty = try read(Draft.tensor([0, 1 << 40]).data, in: folder)
            #expect(try empty.floats(named: "x", expecting: [1 << 40, 0]) == [])
        }
    }

    /// Tensors of unknown formats are listed; reading them says what is known.
    @Test(arguments: [(UInt32(999), "type 999"), (16, "IQ2_XXS"), (24, "I8")])
    func unknownFormatsAreRefusedWhenRead(type: UInt32, name: String) throws {
        try withScratchFolder { folder in
            let sizes: [UInt64] = type == 999 ? [1 << 40, 1 << 20] : type == 16 ? [0] : [8]
            let file = try read(Draft.tensor(sizes, type: type).data, in: folder)
            #expect(file.names == ["x"])
            let message = complaint { _ = try file.floats(named: "x") }
            #expect(message.contains("tensor 'x'") && message.contains("holds \(name) numbers"), "\(message)")
            #expect(
                message.contains("F64 F32 F16 Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q2_K Q3_K Q4_K Q5_K Q6_K IQ4_NL IQ4_XS BF16")
            )
        }
    }

    private static let hostile: [(Draft, String)] = [
        (Draft(data: Data("GGU".utf8)), "does not begin with 'GGUF'"),
        (Draft(data: Data("ggjt".utf8)) + UInt32(3), "does not begin with 'GGUF'"),
        (.head(version: 1), "of version 1, versions 2 and 3 are read"),
        (.head(version: 4), "of version 4"),
        (.head(version: 0x0300_0000), "big-endian"),
        (.head(version: 0), "of version 0"),
        (Draft() + UInt32(3), "ends at byte 8"),
        (.head(tensors: 1), "claims 1 tensors"),
        (.head(tensors: .max), "claims 18446744073709551615 tensors"),
        (.head(pairs: .max), "claims 18446744073709551615 metadata pairs"),
        (.head(pairs: 1 << 62), "metadata pairs"),
        (.head(pairs: 1) + UInt64.max + UInt64(0), "claims 18446744073709551615 bytes of a metadata key"),
        (.head(pairs: 1) + "k" + UInt32(13) + UInt64(0), "value type 13"),
        (.head(pairs: 1) + UInt64(1) + UInt8(0xFF) + UInt32(7) + UInt8(1), "not UTF-8"),
        (.head(pairs: 1) + "k" + UInt32(7) + UInt8(2), "truth value 2"),
        (.head(pairs: 1) + "k" + UInt32(9) + UInt32(8) + UInt64(1 << 61), "claims 2305843009213693952 array elements"),
        (.head(pairs: 1) + "k" + UInt32(9) + UInt32(0) + UInt64(9) + UInt64(0), "claims 9 array elements"),
        (.head(pairs: 1) + "k" + UInt32(8) + (1 << 63 as UInt64), "bytes of text"),
        (
            (0..<40).reduce(.head(pairs: 1) + "k" + UInt32(9)) { draft, _ in draft + UInt32(9) + UInt64(1) },
            "deeper than 8"
        ),
        (.head(pairs: 2) + "k" + UInt32(7) + UInt8(1) + "k" + UInt32(7) + UInt8(1), "key 'k' twice"),
        (.head(pairs: 1) + String(repeating: "k", count: 70_000) + UInt32(7) + UInt8(1), "at most 65535"),
        (.head(pairs: 1) + "general.alignment" + UInt32(4) + UInt32(48), "alignment 48"),
        (.head(pairs: 1) + "general.alignment" + UInt32(4) + UInt32(0), "alignment 0"),
        (.head(pairs: 1) + "general.alignment" + UInt32(4) + UInt32(1 << 31), "alignment 2147483648"),
        (.head(pairs: 1) + "general.alignment" + UInt32(11) + Int64.min, "alignment -9223372036854775808"),
        (.head(pairs: 1) + "general.alignment" + UInt32(8) + "32", "holds string, expected an integer"),
        (.tensor(name: String(repeating: "x", count: 256)), "at most 255"),
        (.tensor([1, 1, 1, 1, 1]), "has 5 axes"),
        (.tensor([9]), "has 36 bytes from data byte 0, but the file has 32"),
        (.tensor([8], offset: 32), "has 32 bytes from data byte 32"),
        (.tensor([8], offset: 1 << 63), "from data byte 9223372036854775808"),
        (.tensor([8], offset: 8), "expected a multiple of 32"),
        (.tensor([1 << 62, 8]), "impossible shape"),
        (.tensor([.max]), "impossible shape"),
        (.tensor([0, 1 << 40, 1 << 40]), "impossible shape"),
        (.tensor([1 << 32, 1 << 32], type: 999), "impossible shape"),
        (.tensor([33], type: 8), "impossible shape [33] for Q8_0"),
        (.tensor([], type: 8), "impossible shape [] for Q8_0"),
        (
            Draft.head(tensors: 2).tensor([8], offset: 0, name: "x").tensor([8], offset: 0, name: "y").data(64),
            "overlaps 'x'"
        ),
        (
            Draft.head(tensors: 2).tensor([9], offset: 0, name: "x").tensor([8], offset: 32, name: "y").data(64),
            "overlaps 'x'"
        ),
        (
            Draft.head(tensors: 2).tensor([8], offset: 0, name: "x").tensor([8], offset: 32, name: "x").data(64),
            "tensor 'x' twice"
        ),
    ]

    @Test(arguments: hostile.indices) func refuses(index: Int) throws {
        let (draft, reason) = Self.hostile[index]
        try withScratchFolder { folder in
            let message = complaint { try read(draft.data, in: folder) }
            #expect(message.contains(reason), "\(message)")
            #expect(message.contains("hostile.gguf"))
        }
    }

    /// Arrays are decoded when they are asked for.
    @Test func refusesArraysOfTextThatIsNotUnicode() throws {
        let draft = Draft.head(pairs: 1) + "k" + UInt32(9) + UInt32(8) + UInt64(1) + UInt64(1) + UInt8(0xFF)
        let bytes = draft.data
        let said = try withScratchFolder { folder in
            let file = try read(bytes, in: folder)
            return complaint { _ = try file.metadata.value("k", as: [String].self) }
        }
        #expect(said.contains("'k'") && said.contains("not UTF-8"))
    }

    private func good(in folder: URL) throws -> Data {
        let url = folder.appendingPathComponent("good")
        func words(_ words: String...) -> GGUFValue { .array(GGUFArray(words.map(GGUFValue.string), of: .string)) }
        try GGUFWriter.write(
            [
                .init("token_embd.weight", shape: [3, 32], (0..<96).map(Float.init)),
                .init("blk.0.attn_q.weight", shape: [4, 32], as: .q80, (0..<128).map(Float.init)),
                .init("blk.0.ffn_up_exps.weight", shape: [2, 2, 2], as: .f16, (0..<8).map(Float.init)),
                .init("blk.0.ffn_down.weight", shape: [256], type: 14, bytes: Data(count: 210)),
                .init("other", shape: [3], type: 77, bytes: Data(count: 9)),
            ],
            metadata: [
                "general.architecture": .string("llada"), "llada.block_count": .uint32(1),
                "llada.attention.head_count": .array(GGUFArray([.uint16(2)], of: .uint16)),
                "llada.embedding_length": .uint64(32), "llada.attention.layer_norm_rms_epsilon": .float32(1e-5),
                "tokenizer.ggml.model": .string("gpt2"), "tokenizer.ggml.tokens": words("a", "b", "c"),
                "tokenizer.ggml.merges": words("a b"), "tokenizer.ggml.mask_token_id": .int64(2),
                "nested": .array(GGUFArray([words("x"), .array(GGUFArray([.int8(1)], of: .int8))], of: .array)),
                "numbers": .float64(1), "flag": .bool(true),
            ],
            alignment: 16,
            to: url
        )
        return try Data(contentsOf: url)
    }

    @Test func refusesEveryTruncation() throws {
        try withScratchFolder { folder in
            let whole = try good(in: folder)
            let file = try read(whole, in: folder)
            let end = try #require(file.tensors.map(\.bytes.range.upperBound).max())
            for length in 0..<end {
                let message = complaint { try read(whole.prefix(length), in: folder) }
                #expect(message.contains("hostile.gguf"), "\(length) bytes: \(message)")
            }
        }
    }

    /// Whatever the mutation, the file opens with sound tensors or is refused with our error.
    @Test(arguments: 0..<8) func survivesMutations(seed: Int) throws {
        try withScratchFolder { folder in
            let whole = try good(in: folder)
            let headerEnd = try #require(try read(whole, in: folder).tensors.map(\.bytes.range.lowerBound).min())
            var random = SplitMix64(seed: UInt64(seed))
            var (opened, refused) = (0, 0)
            for round in 0..<400 {
                var bytes = whole
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let place = Int.random(in: 0..<headerEnd, using: &random)
                    switch Int.random(in: 0..<6, using: &random) {
                    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                    case 1, 2: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
                    case 3:
                        // A huge count or offset, or one that is just too large.
                        let value = random.next() >> UInt64.random(in: 0...63, using: &random)
                        withUnsafeBytes(of: value) { bytes.replaceSubrange(place..<place + 8, with: $0) }
                    case 4: bytes.removeSubrange(place..<place + Int.random(in: 1...9, using: &random))
                    default:
                        let piece = Data(bytes[place..<place + Int.random(in: 1...60, using: &random)])
                        bytes.insert(contentsOf: piece, at: Int.random(in: 0..<headerEnd, using: &random))
                    }
                }
                do {
                    try read(bytes, in: folder)
                    opened += 1
                } catch is CinnabarError {
                    refused += 1
                } catch {
                    Issue.record("seed \(seed), round \(round): \(error)")
                }
            }
            // Both ways out are taken: harmless mutations, such as of a name, still open.
            #expect(opened > 20 && refused > 80, "seed \(seed): \(opened) opened, \(refused) refused")
        }
    }
}
