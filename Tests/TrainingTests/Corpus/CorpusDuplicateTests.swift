import Common
import Foundation
import Testing
import Training

/// Copies and near copies, also across the split.
@Suite struct CorpusDuplicateTests {
    @Test func copiesUpToWhiteSpaceEnterOnce() throws {
        let fixture = try CorpusFixture()
        let text = CorpusFixture.python(1)
        try fixture.write("a/one.py", text)
        try fixture.write("b/two.py", text)
        try fixture.write("b/three.py", text.replacing("    ", with: "\t") + "\n\n")
        try fixture.write("c/other.py", CorpusFixture.python(2))
        let report = try fixture.build()
        #expect(report.exactDuplicates == 2 && report.nearDuplicates == 0)
        #expect(report.trainDocuments + report.heldOutDocuments == 2)
    }

    /// Of `total` functions the first `shared` are the same in two files.
    @Test(arguments: [(shared: 9, near: 1), (shared: 3, near: 0)])
    func mostlyTheSameIsANearDuplicate(shared: Int, near: Int) throws {
        let fixture = try CorpusFixture()
        let common = CorpusFixture.python(1, functions: shared)
        for (i, name) in ["one", "two"].enumerated() {
            try fixture.write("a/\(name).py", common + "\n" + CorpusFixture.python(10 + i, functions: 12 - shared))
        }
        try fixture.write("a/other.py", CorpusFixture.python(2))
        let report = try fixture.build()
        #expect(report.nearDuplicates == near && report.exactDuplicates == 0)
    }

    /// A long file that contains a short held-out one has few lines that were seen, and must still not be trained on.
    @Test func trainingHoldsNoHeldOutDocument() throws {
        let fixture = try CorpusFixture()
        fixture.heldOutShare = 0.5
        let small = (0..<40).map { CorpusFixture.python($0, functions: 4) }
        for (i, text) in small.enumerated() { try fixture.write("a/\(i).py", text) }
        for (i, text) in small.enumerated() {
            try fixture.write("b/\(i).py", text + "\n" + CorpusFixture.python(1000 + i, functions: 30))
        }
        let report = try fixture.build()
        let corpus = try Corpus(fixture.output)
        func texts(_ split: Corpus.Split) -> [String] {
            (0..<split.count).map { String(decoding: split.document($0), as: UTF8.self) }
        }
        let heldOut = texts(corpus.heldOut).filter(small.contains)
        let train = texts(corpus.train)
        #expect(heldOut.count > 5 && report.nearDuplicates > 0)
        #expect(!train.contains { text in heldOut.contains { text.contains($0) } })
    }
}
