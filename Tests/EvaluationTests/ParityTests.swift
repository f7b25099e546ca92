import Common
import Evaluation
import Foundation
import Testing

/// Checkpoints in the layouts of released families, against outputs of other implementations.
@Suite struct ParityTests {
    static let folder: URL? = {
        guard let data = Machine.evaldata else { return nil }
        let folder = data.deletingLastPathComponent().appending(path: "fixtures/parity")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    @Test(
        "Logits, caches, masks and decoding traces equal the references'",
        .enabled(if: folder != nil, "needs ../shared/fixtures/parity")
    )
    func everyFixture() throws {
        let lines = ParityReport.lines(try #require(Self.folder))
        #expect(Set(lines.map(\.folder)).count >= 13, "thirteen families have a fixture")
        #expect(lines.count { $0.check.hasPrefix("trace") } >= 57)
        for line in lines {
            #expect(line.passes, "\(line.folder): \(line.check) differs by \(line.difference ?? .nan) \(line.remark)")
        }
    }

    /// Written from the families' descriptions (`Benchmarks/parity`), in other dimensions.
    static let second = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/parity")

    @Test("Logits, canvases and decoding traces of the second set equal the oracles'")
    func secondSet() throws {
        let lines = ParityReport.lines(Self.second)
        let families: Set = [
            "qwen2", "qwen3", "qwen3-moe", "llama", "rnd1", "nemotron-labs", "wedlm-7b", "wedlm-8b", "sdar-second",
            "dream-second", "llada-moe-second",
        ]
        #expect(Set(lines.map(\.folder)).isSuperset(of: families))
        #expect(lines.count { $0.check.hasPrefix("trace") } >= 25)
        for line in lines {
            #expect(line.passes, "\(line.folder): \(line.check) differs by \(line.difference ?? .nan) \(line.remark)")
        }
    }

    /// A check that cannot fail checks nothing.
    @Test("A changed weight is found")
    func aChangedWeightIsFound() throws {
        let source = Self.second.appendingPathComponent("nemotron-labs")
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("parity-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        try FileManager.default.copyItem(at: source, to: copy)
        let weights = copy.appendingPathComponent("model.safetensors")
        var bytes = try Data(contentsOf: weights)
        // The sign of one of the last numbers.
        bytes[bytes.count - 1 - 2 * 100] ^= 0x80
        try FileManager.default.removeItem(at: weights)
        try bytes.write(to: weights)
        let lines = ParityReport.lines(copy)
        #expect(lines.contains { !$0.passes && $0.check.hasPrefix("logits") })
    }
}
