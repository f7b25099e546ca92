import Common
import Foundation
import Testing
import Training

/// What rows show of the corpus.
@Suite struct RowContentTests {
    static let seed = UInt64.random(in: 0..<1_000_000)
    static let documents = RowsSample.documents(seed: seed)

    private func builder(_ fillInTheMiddle: Double, length: Int = 256) throws -> RowBuilder {
        try RowBuilder(
            options: RowsSample.options(fillInTheMiddle: fillInTheMiddle, length: length),
            source: RowsSample.source(Self.documents),
            vocabulary: RowsSample.vocabulary(),
            seed: Self.seed
        )
    }

    private func examples(
        rows: UInt64,
        of builder: RowBuilder? = nil
    ) throws -> [(example: ParsedExample, row: TrainingRow, segment: Range<Int>)] {
        let builder = try builder ?? self.builder(1)
        return (0..<rows).flatMap { index in
            let row = builder.row(index)
            return RowsSample.segments(row).compactMap { segment in
                ParsedExample(row.tokens[segment]).map { ($0, row, segment) }
            }
        }
    }

    @Test func middleJoinsPrefixAndSuffix() throws {
        let texts = Self.documents.map { String(decoding: $0, as: UTF8.self) }
        let examples = try examples(rows: 150)
        #expect(examples.count > 150, "seed \(Self.seed)")
        for (example, _, _) in examples {
            let joined = String(decoding: example.prefix + example.middle + example.suffix, as: UTF8.self)
            #expect(!example.middle.isEmpty, "seed \(Self.seed)")
            #expect(texts.contains { $0.contains(joined) }, "seed \(Self.seed): \(joined)")
        }
    }

    @Test func plainTextIsAWindowOfADocument() throws {
        let texts = Self.documents.map { String(decoding: $0, as: UTF8.self) }
        let builder = try builder(0)
        var complete = 0
        for index in 0..<150 as Range<UInt64> {
            let row = builder.row(index)
            for segment in RowsSample.segments(row) {
                let tokens = Array(row.tokens[segment])
                #expect(tokens[0] == RowsSample.bos)
                let bytes = RowsSample.decode(tokens)
                // The cut may fall inside a character.
                let text = String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "\u{FFFD}", with: "")
                let holders = texts.filter { $0.contains(text) }
                #expect(!holders.isEmpty, "seed \(Self.seed), row \(index)")
                if tokens.last == RowsSample.eos {
                    complete += 1
                    #expect(holders.contains { $0.hasSuffix(text) }, "seed \(Self.seed), row \(index)")
                }
            }
        }
        #expect(complete > 0, "seed \(Self.seed): \(complete) documents end")
    }

    @Test func shortDocumentsAreWhole() throws {
        let text = Array("x = 1\n".utf8)
        let builder = try RowBuilder(
            options: RowsSample.options(fillInTheMiddle: 0),
            source: RowsSample.source([text]),
            vocabulary: RowsSample.vocabulary(),
            seed: Self.seed
        )
        for row in (0..<20).map({ builder.row($0) }) {
            for segment in RowsSample.segments(row) {
                let tokens = row.tokens[segment]
                #expect(tokens.first == RowsSample.bos && tokens.last == RowsSample.eos, "seed \(Self.seed)")
                #expect(RowsSample.decode(tokens) == text, "seed \(Self.seed)")
            }
        }
    }

    /// A hole begins on either side of an indentation and ends on either side of a newline.
    @Test func everyJunctionOccurs() throws {
        let newline = UInt8(ascii: "\n")
        var counts = ["indented": 0, "bare": 0, "newline": 0, "open": 0, "wholeLine": 0]
        let examples = try examples(rows: 400).map(\.example)
        for example in examples {
            let middle = String(decoding: example.middle, as: UTF8.self)
            let prefix = String(decoding: example.prefix, as: UTF8.self)
            let startsLine = example.prefix.last == newline || example.prefix.isEmpty
            if startsLine, middle.hasPrefix("    ") { counts["indented", default: 0] += 1 }
            if prefix.hasSuffix("\n    ") || prefix.hasSuffix("\n        "), !middle.hasPrefix(" ") {
                counts["bare", default: 0] += 1
            }
            let endsWithNewline = example.middle.last == newline
            if endsWithNewline { counts["newline", default: 0] += 1 }
            if !endsWithNewline, example.suffix.first == newline { counts["open", default: 0] += 1 }
            if startsLine, endsWithNewline, example.middle.count(where: { $0 == newline }) == 1 {
                counts["wholeLine", default: 0] += 1
            }
        }
        let shares = counts.mapValues { Double($0) / Double(examples.count) }
        #expect(shares["indented", default: 0] > 0.4, "seed \(Self.seed): \(shares)")
        #expect(shares["bare", default: 0] > 0.08, "seed \(Self.seed): \(shares)")
        #expect(shares["newline", default: 0] > 0.5, "seed \(Self.seed): \(shares)")
        #expect(shares["open", default: 0] > 0.1, "seed \(Self.seed): \(shares)")
        #expect(shares["wholeLine", default: 0] > 0.3, "seed \(Self.seed): \(shares)")
    }

    /// The end marker must not be guessed from its position.
    @Test func endsOfMiddlesAreSpreadOverTheRow() throws {
        // Many different functions: a small corpus would repeat the lengths of its few.
        let varied = try RowBuilder(
            options: RowsSample.options(fillInTheMiddle: 1),
            source: RowsSample.source([Array(RowsSample.functions(600, seed: Self.seed).utf8)]),
            vocabulary: RowsSample.vocabulary(),
            seed: Self.seed
        )
        let ends = try examples(rows: 400, of: varied).map(\.example.end)
        var buckets = [Int](repeating: 0, count: 8)
        for end in ends { buckets[end * 8 / 256] += 1 }
        let largest = Double(buckets.max() ?? 0) / Double(ends.count)
        #expect(largest < 0.5, "seed \(Self.seed): \(buckets)")
        #expect(
            buckets.dropFirst().allSatisfy { Double($0) > 0.01 * Double(ends.count) },
            "seed \(Self.seed): \(buckets)"
        )
        #expect(Set(ends).count > 120, "seed \(Self.seed): \(Set(ends).count) positions")
        let groups = Dictionary(grouping: ends) { $0 }.mapValues(\.count)
        let commonest = groups.values.max() ?? 0
        #expect(
            Double(commonest) < 0.1 * Double(ends.count),
            "seed \(Self.seed): \(groups.filter { $0.value == commonest })"
        )
    }

    /// Decoding starts at the first token of a middle, so most canvases do.
    @Test func canvasesStartAtTheMiddle() throws {
        var atFirst = 0
        var middles = 0
        for (_, row, segment) in try examples(rows: 150) {
            let first = try #require(row.tokens[segment].firstIndex(of: RowsSample.fimMiddle)) + 1
            middles += 1
            if row.canvases.contains(where: { $0.start == first }) { atFirst += 1 }
        }
        #expect(Double(atFirst) > 0.7 * Double(middles), "seed \(Self.seed): \(atFirst) of \(middles)")
    }

    /// Every document's lines are shown about equally often.
    @Test func coverageIsEven() throws {
        let lines = Self.documents.map { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
        var owners: [Substring: Int] = [:]
        for (index, lines) in lines.enumerated() {
            for line in lines where line.contains("f\(Self.seed &* 1000 &+ UInt64(index))_") { owners[line] = index }
        }
        let builder = try builder(0.5)
        var shown = [Double](repeating: 0, count: lines.count)
        let epochs = 6
        for index in 0..<UInt64(epochs * builder.rowsPerEpoch) {
            let row = builder.row(index)
            for segment in RowsSample.segments(row) {
                let tokens = row.tokens[segment]
                let text: [UInt8]
                if let example = ParsedExample(tokens) {
                    text = example.prefix + example.middle + example.suffix
                } else {
                    text = RowsSample.decode(tokens)
                }
                for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
                    if let owner = owners[line] { shown[owner] += 1 }
                }
            }
        }
        let own = Dictionary(grouping: owners.values) { $0 }.mapValues(\.count)
        let rates = shown.indices.map { shown[$0] / Double(own[$0] ?? 1) / Double(epochs) }
        let mean = rates.reduce(0, +) / Double(rates.count)
        for (index, rate) in rates.enumerated() {
            #expect(
                rate > 0.35 * mean && rate < 2.5 * mean,
                "seed \(Self.seed), document \(index): \(rate), mean \(mean)"
            )
        }
    }
}
