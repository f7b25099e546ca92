import Evaluation
import Foundation
import Testing

/// Families whose texts change their length, against oracles written from their description (`Benchmarks/parity`): weaker
/// evidence than the outputs of released code.
@Suite struct LengthParityTests {
    static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures/parity")

    @Test("Logits and decoding traces equal the oracle's", arguments: ["llada22", "dreamon"])
    func everyCase(name: String) throws {
        let lines = ParityReport.lines(Self.fixtures.appending(path: name))
        #expect(lines.count { $0.check.hasPrefix("logits") } >= 3)
        #expect(lines.count { $0.check.hasPrefix("trace") } >= 6)
        for line in lines {
            #expect(line.passes, "\(line.folder): \(line.check) differs by \(line.difference ?? .nan) \(line.remark)")
        }
        let logits = lines.filter { !$0.check.hasPrefix("trace") }.compactMap(\.difference).max() ?? .nan
        print("\(name): logits differ by at most \(logits)")
    }

    @Test("The pool of a block decides: without it the logits are others")
    func poolMatters() throws {
        let copy = FileManager.default.temporaryDirectory.appending(path: "parity-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        try FileManager.default.copyItem(at: Self.fixtures.appending(path: "llada22"), to: copy)
        let config = copy.appending(path: "config.json")
        let text = try String(contentsOf: config, encoding: .utf8)
        let wider = text.replacing("\"expert_capacity\": 5", with: "\"expert_capacity\": 14")
        #expect(wider != text)
        try Data(wider.utf8).write(to: config)
        let lines = ParityReport.lines(copy)
        // A lone token has no neighbours to share with.
        #expect(lines.contains { $0.check == "logits len1" && $0.passes })
        #expect(lines.contains { $0.check == "logits len16" && !$0.passes && $0.remark.isEmpty })
    }
}
