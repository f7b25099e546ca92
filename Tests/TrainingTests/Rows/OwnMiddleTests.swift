import Common
import Testing
import Training

/// Middles that the network writes itself.
@Suite struct OwnMiddleTests {
    private static let seed = UInt64.random(in: 0..<1_000_000)
    private static let written = RowsSample.encode(Array("return 42".utf8)[...]) + [RowsSample.eom]

    private func builder(_ share: Double) throws -> RowBuilder {
        var options = RowsSample.options(fillInTheMiddle: 1)
        options.ownMiddles = share
        return try RowBuilder(
            options: options,
            source: RowsSample.source(RowsSample.documents(seed: Self.seed)),
            vocabulary: RowsSample.vocabulary(),
            seed: Self.seed
        )
    }

    /// Segments that end in the text of the stand-in, and all that have the layout of an example.
    private func segments(_ row: TrainingRow) -> (own: [Range<Int>], all: [Range<Int>]) {
        let all = RowsSample.segments(row).filter { ParsedExample(row.tokens[$0]) != nil }
        return (all.filter { row.tokens[$0].suffix(Self.written.count) == Self.written[...] }, all)
    }

    @Test func theNetworksTextStandsInTheHole() throws {
        let builder = try builder(1)
        var found = 0
        for index in 0..<40 as Range<UInt64> {
            let row = builder.row(index) { prompt, most in
                prompt.last == RowsSample.fimMiddle && Self.written.count <= most ? Self.written : nil
            }
            let (own, all) = segments(row)
            found += own.count
            #expect(own == all, "seed \(Self.seed), row \(index)")
            for segment in own {
                let start = segment.upperBound - Self.written.count
                // The causal stream learns nothing from it: neither its first token nor its end.
                for i in start - 1..<segment.upperBound { #expect(row.nextTokenWeight[i] == 0) }
                #expect(row.nextTokenWeight[segment.lowerBound] == 1)
                for canvas in row.canvases where canvas.segmentStart == segment.lowerBound {
                    #expect(canvas.start >= start, "seed \(Self.seed), row \(index)")
                    for (target, position) in zip(canvas.targets, canvas.start...) where position < segment.upperBound {
                        #expect(target == row.tokens[position])
                    }
                }
            }
        }
        #expect(found > 20, "seed \(Self.seed)")
    }

    @Test func draftsArePractisedOnTheNetworksOwnMiddles() throws {
        var options = RowsSample.options(fillInTheMiddle: 1)
        options.ownMiddles = 0.5
        options.canvases.practiseDrafts()
        options.canvases.lengths = [4: 1]
        options.canvases.share = 0.3
        let builder = try RowBuilder(
            options: options,
            source: RowsSample.source(RowsSample.documents(seed: Self.seed)),
            vocabulary: RowsSample.vocabulary(),
            seed: Self.seed
        )
        var (mixed, canvases) = (0, 0)
        for index in 0..<80 as Range<UInt64> {
            let row = builder.row(index) { _, most in Self.written.count <= most ? Self.written : nil }
            let (own, all) = segments(row)
            guard !own.isEmpty, own.count < all.count else { continue }
            mixed += 1
            let others = Set(all.map(\.lowerBound)).subtracting(own.map(\.lowerBound))
            for canvas in row.canvases {
                canvases += 1
                #expect(!others.contains(canvas.segmentStart), "seed \(Self.seed), row \(index)")
            }
        }
        #expect(mixed > 5 && canvases > 5, "seed \(Self.seed)")
    }

    @Test func otherwiseTheDocumentsMiddleStays() throws {
        let builder = try builder(1)
        for index in 0..<20 as Range<UInt64> {
            for row in [builder.row(index), builder.row(index) { _, _ in nil }] {
                for segment in segments(row).all {
                    let marker = try #require(row.tokens[segment].firstIndex(of: RowsSample.fimMiddle))
                    for i in marker..<segment.upperBound - 1 { #expect(row.nextTokenWeight[i] > 0) }
                }
            }
        }
    }

    @Test func theShareIsKept() throws {
        let builder = try builder(0.5)
        var (own, all) = (0, 0)
        for index in 0..<120 as Range<UInt64> {
            let found = segments(builder.row(index) { _, _ in Self.written })
            own += found.own.count
            all += found.all.count
        }
        // Four standard deviations of a fair coin.
        let deviation = 2 * Double(all).squareRoot()
        #expect(abs(Double(own) - 0.5 * Double(all)) < deviation, "\(own) of \(all), seed \(Self.seed)")
    }
}
