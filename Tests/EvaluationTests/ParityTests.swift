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

    /// A check that cannot fail checks nothing.
    @Test(
        "A changed weight is found",
        .enabled(if: folder != nil, "needs ../shared/fixtures/parity")
    )
    func aChangedWeightIsFound() throws {
        let source = try #require(Self.folder).appendingPathComponent("dream")
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("parity-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        try FileManager.default.copyItem(at: source, to: copy)
        let weights = copy.appendingPathComponent("model.safetensors")
        var bytes = try Data(contentsOf: weights)
        // The exponent of one of the last numbers.
        bytes[bytes.count - 1 - 4 * 100] ^= 1
        try FileManager.default.removeItem(at: weights)
        try bytes.write(to: weights)
        let lines = ParityReport.lines(copy)
        #expect(lines.contains { !$0.passes && $0.check.hasPrefix("logits") })
    }
}
