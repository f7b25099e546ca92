import Common
import Testing
import Training

/// What must hold for every row, whatever it is made of.
@Suite struct RowStructureTests {
    static let seed = UInt64.random(in: 0..<1_000_000)

    /// Rows of mixed layouts over ordinary documents.
    private func rows(_ range: Range<UInt64>, fillInTheMiddle: Double = 0.6) throws -> [TrainingRow] {
        let builder = try RowBuilder(
            options: RowsSample.options(fillInTheMiddle: fillInTheMiddle),
            source: RowsSample.source(RowsSample.documents(seed: Self.seed)),
            vocabulary: RowsSample.vocabulary(),
            seed: Self.seed
        )
        return range.map { builder.row($0) }
    }

    @Test func rowIsAFunctionOfItsIndex() throws {
        let forwards = try rows(0..<60)
        let builder = try RowBuilder(
            options: RowsSample.options(fillInTheMiddle: 0.6),
            source: RowsSample.source(RowsSample.documents(seed: Self.seed)),
            vocabulary: RowsSample.vocabulary(),
            seed: Self.seed
        )
        var random = SplitMix64(seed: Self.seed)
        for index in (0..<60).shuffled(using: &random) {
            #expect(builder.row(UInt64(index)) == forwards[index], "seed \(Self.seed), row \(index)")
        }
        #expect(Set(forwards).count == 60, "seed \(Self.seed): rows repeat")
        _ = builder.row(.max)
    }

    @Test func tokensSegmentsAndWeightsFit() throws {
        var total = 0
        for (index, row) in try rows(0..<300).enumerated() {
            let name: Comment = "seed \(Self.seed), row \(index)"
            total += row.tokens.count
            #expect(row.tokens.count <= 256 && row.tokens.count > 0, name)
            #expect(row.segmentStart.count == row.tokens.count, name)
            #expect(row.nextTokenWeight.count == row.tokens.count, name)
            for i in row.tokens.indices {
                #expect(row.segmentStart[i] == i || (i > 0 && row.segmentStart[i] == row.segmentStart[i - 1]), name)
                #expect(row.nextTokenWeight[i] == (row.hasSuccessor(i) ? 1 : 0), name)
            }
            #expect(!row.tokens.contains(RowsSample.mask) && !row.tokens.contains(RowsSample.pad), name)
        }
        // Rows are filled, so that a plan in rows is a plan in tokens.
        #expect(Double(total) > 0.85 * 300 * 256, "seed \(Self.seed): \(total) tokens in 300 rows of 256")
    }

    @Test func canvasesAgreeWithTheirRow() throws {
        var canvasTokens = 0
        var cleanTokens = 0
        for (index, row) in try rows(0..<300).enumerated() {
            let name: Comment = "seed \(Self.seed), row \(index)"
            let segments = RowsSample.segments(row)
            cleanTokens += row.tokens.count
            #expect(row.canvases.map(\.start) == row.canvases.map(\.start).sorted(), name)
            for canvas in row.canvases {
                canvasTokens += canvas.tokens.count
                let segment = try #require(segments.first { $0.contains(canvas.start) }, name)
                #expect(canvas.segmentStart == segment.lowerBound && canvas.start > segment.lowerBound, name)
                #expect(canvas.tokens.count == canvas.targets.count && canvas.tokens.count == canvas.roles.count, name)
                let real = min(canvas.targets.count, segment.upperBound - canvas.start)
                #expect(canvas.targets[..<real] == row.tokens[canvas.start..<canvas.start + real], name)
                #expect(canvas.targets[real...].allSatisfy { $0 == RowsSample.pad }, name)
                // Padding is only taught where the text is known to end.
                let last = row.tokens[segment.upperBound - 1]
                #expect(real == canvas.targets.count || last == RowsSample.eos || last == RowsSample.eom, name)
                for i in canvas.tokens.indices {
                    let isMask = canvas.tokens[i] == RowsSample.mask
                    switch canvas.roles[i] {
                    case .ignored: #expect(i > real && isMask, name)
                    case .masked: #expect(i <= real && isMask, name)
                    case .replaced: #expect(i < real && !isMask && canvas.tokens[i] != canvas.targets[i], name)
                    case .visible: #expect(i < real && canvas.tokens[i] == canvas.targets[i], name)
                    }
                }
                // In fill-in-the-middle only the middle is a canvas.
                if row.tokens[segment.lowerBound] == RowsSample.fimSuffix {
                    let middle = try #require(row.tokens[segment].firstIndex(of: RowsSample.fimMiddle), name)
                    #expect(canvas.start > middle, name)
                }
            }
            let budget = row.tokens.count / 2
            #expect(row.canvases.reduce(0) { $0 + $1.tokens.count } < budget + 16, name)
        }
        #expect(Double(canvasTokens) > 0.4 * Double(cleanTokens), "seed \(Self.seed): \(canvasTokens) canvas tokens")
    }

    @Test func suffixWeightIsAnOption() throws {
        var options = RowsSample.options(fillInTheMiddle: 1, canvases: false)
        options.suffixWeight = 0.25
        let builder = try RowBuilder(
            options: options,
            source: RowsSample.source(RowsSample.documents(seed: 3)),
            vocabulary: RowsSample.vocabulary(),
            seed: Self.seed
        )
        var light = 0
        for row in (0..<20).map({ builder.row($0) }) {
            for segment in RowsSample.segments(row) where row.tokens[segment.lowerBound] == RowsSample.fimSuffix {
                let prefix = try #require(row.tokens[segment].firstIndex(of: RowsSample.fimPrefix))
                for i in segment.dropLast() {
                    #expect(row.nextTokenWeight[i] == (i + 1 < prefix ? 0.25 : 1), "seed \(Self.seed)")
                }
                light += prefix - segment.lowerBound - 1
            }
        }
        #expect(light > 100)
    }

    @Test func masksAreFilledAndRolesFollow() {
        var canvas = TrainingCanvas(
            segmentStart: 0,
            start: 3,
            tokens: [1, 9, 9, 9, 9],
            targets: [1, 2, 3, 4, 0],
            roles: [.visible, .masked, .masked, .masked, .ignored]
        )
        canvas.fillMasks { $0 == 1 ? 2 : $0 == 2 ? 7 : nil }
        #expect(canvas.tokens == [1, 2, 7, 9, 9])
        #expect(canvas.roles == [.visible, .visible, .replaced, .masked, .ignored])
    }

    /// Texts that an editor or a careless crawl may hold; nothing may trap or hang.
    @Test(arguments: [0.0, 0.5, 1.0]) func strangeDocumentsDoNotTrap(fillInTheMiddle: Double) throws {
        let texts: [[UInt8]] = [
            [], [10], [32], Array("x".utf8), Array(repeating: 10, count: 5000), Array(repeating: 120, count: 50_000),
            Array(repeating: 0x80, count: 3000), Array(repeating: 32, count: 3000),
            Array("def".utf8), Array("def f(".utf8), Array("def f():\n".utf8), Array("def f():\n    \"\"\"open".utf8),
            Array("def f():\n    '''one'''\n".utf8), Array("@a\n@b\n".utf8), Array("a\r\n\tb\r\n\r\nc".utf8),
            Array(String(repeating: "é漢🙂", count: 3000).utf8), Array("\n\n  \n\t\n".utf8),
            Array(String(repeating: "def g():\n", count: 800).utf8), Array("def f(): return 1\n)\n]\n".utf8),
            (0..<4000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) },
        ]
        let sources = texts.filter { !$0.isEmpty }.map { [$0] } + [texts]
        for documents in sources {
            for length in [40, 64, 300] {
                var options = RowsSample.options(fillInTheMiddle: fillInTheMiddle, length: length)
                options.plainJunctions = 3
                let builder = try RowBuilder(
                    options: options,
                    source: RowsSample.source(documents),
                    vocabulary: RowsSample.vocabulary(sample: []),
                    seed: Self.seed
                )
                for index in 0..<40 as Range<UInt64> {
                    let row = builder.row(index)
                    #expect(row.tokens.count <= length && row.tokens.count > 1, "seed \(Self.seed), row \(index)")
                }
            }
        }
    }

    @Test func anEmptyCorpusIsAnError() {
        for documents in [[], [[]]] as [[[UInt8]]] {
            #expect(throws: CinnabarError.self) {
                try RowBuilder(
                    options: RowOptions(),
                    source: RowsSample.source(documents),
                    vocabulary: RowsSample.vocabulary(),
                    seed: 1
                )
            }
        }
    }
}
