import Common
import Foundation
import Testing
import Training

/// Damaged prepared folders give an error that names the file, never a trap.
@Suite struct CorpusDamageTests {
    private func prepared() throws -> CorpusFixture {
        let fixture = try CorpusFixture()
        for i in 0..<6 { try fixture.write("a/\(i).py", CorpusFixture.python(i)) }
        _ = try fixture.build()
        return fixture
    }

    private func failure(_ fixture: CorpusFixture) throws -> CinnabarError {
        try #require(throws: CinnabarError.self) { try Corpus(fixture.output) }
    }

    @Test(arguments: ["train.bin", "train.index", "heldout.bin", "heldout.index"])
    func missingEmptyAndCutFiles(name: String) throws {
        let fixture = try prepared()
        let url = fixture.output.appendingPathComponent(name)
        let whole = try Data(contentsOf: url)
        for length in [0, 1, whole.count - 8, whole.count - 1] {
            try whole.prefix(length).write(to: url)
            #expect(try failure(fixture).code == .malformed, "\(length) bytes")
        }
        try FileManager.default.removeItem(at: url)
        let error = try failure(fixture)
        #expect(error.code == .file && error.message.contains(name))
        try whole.write(to: url)
        #expect(try Corpus(fixture.output).train.count == 5)
    }

    @Test func offsetsMustAscendWithinTheFile() throws {
        let fixture = try prepared()
        let url = fixture.output.appendingPathComponent("train.index")
        let whole = try Data(contentsOf: url)
        let end = try Corpus(fixture.output).train.byteCount
        for (place, value) in [(0, 1), (1, 0), (1, end), (2, Int.max), (2, -1), (5, end + 1), (5, end - 1)] {
            var data = whole
            withUnsafeBytes(of: UInt64(bitPattern: Int64(value)).littleEndian) {
                data.replaceSubrange(place * 8..<place * 8 + 8, with: $0)
            }
            try data.write(to: url)
            #expect(try failure(fixture).code == .malformed, "offset \(place) = \(value)")
        }
    }

    /// Random bytes over the index: an error, or documents that lie in the file.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func randomDamageNeverTraps(seed: UInt64) throws {
        let fixture = try prepared()
        let url = fixture.output.appendingPathComponent("train.index")
        var data = try Data(contentsOf: url)
        var random = SplitMix64(seed: seed)
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            data[Int.random(in: 0..<data.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        try data.write(to: url)
        guard let train = try? Corpus(fixture.output).train else { return }
        let total = (0..<train.count).map { train.document($0).count }.reduce(0, +)
        #expect(total == train.byteCount, "seed \(seed)")
    }
}
