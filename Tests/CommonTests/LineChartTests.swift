import Common
import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct LineChartTests {
    private var training: LineChart {
        var random = SplitMix64(seed: 1)
        func loss(_ end: Double, _ noise: Double) -> [(x: Double, y: Double)] {
            (0..<5000).map { (Double($0) * 4000, end + 4 * exp(-Double($0) / 500) + noise * random.normal()) }
        }
        return LineChart(
            title: "Loss over training",
            subtitle: "bits per byte; synthetic numbers for the test",
            xLabel: "tokens seen",
            yLabel: "bits per byte",
            series: [
                .init("training", loss(1.4, 0.12), smoothing: 101), .init("held out", loss(1.5, 0.01)),
                .init("autoregressive twin", [(0, 1.45), (2e7, 1.45)], isDashed: true),
            ]
        )
    }

    private var quality: LineChart {
        let thresholds = ["0.5", "0.7", "0.8", "0.9", "0.95", "0.99"]
        func curve(_ scale: Double) -> [LineChart.Point] {
            thresholds.enumerated().map { index, name in
                LineChart.Point(
                    x: 8 * scale * pow(0.75, Double(index)),
                    y: 34 * (1 - pow(0.5, Double(index + 1))) + scale,
                    label: "τ \(name)"
                )
            }
        }
        return LineChart(
            title: "Quality against speed",
            subtitle: "HumanEval pass@1 by tokens per forward; synthetic numbers for the test",
            xLabel: "tokens per forward",
            yLabel: "pass@1, %",
            xScale: .logarithmic,
            series: [
                .init("threshold", curve(1), style: .lineWithMarkers),
                .init("entropy bound", curve(1.25), style: .lineWithMarkers),
                .init("autoregressive", [.init(x: 1, y: 34.5, label: "AR")], style: .markers),
            ]
        )
    }

    private func parses(_ svg: String) -> Bool {
        XMLParser(data: Data(svg.utf8)).parse()
    }

    /// With `CINNABAR_CHARTS=FOLDER` the pictures are written there, to be looked at.
    @Test func drawsWellFormedPictures() throws {
        let folder = ProcessInfo.processInfo.environment["CINNABAR_CHARTS"].map { URL(fileURLWithPath: $0) }
        for (name, chart) in [("training", training), ("quality", quality)] {
            let svg = chart.svg()
            #expect(parses(svg))
            for series in chart.series { #expect(svg.contains(">\(series.name)</text>")) }
            if let folder { try AtomicFile.write(svg, to: folder.appendingPathComponent("\(name).svg")) }
        }
    }

    @Test func aLongRunMakesASmallFile() {
        #expect(training.svg().utf8.count < 200_000)
    }

    @Test func smoothingAveragesAroundEachPoint() {
        let ys: [Double] = [5, 1, .nan, 3, 8, 10]
        let series = LineChart.Series("s", ys.enumerated().map { (Double($0), $1) }, smoothing: 3)
        let smooth = series.smoothed { !$0.y.isNaN }.map(\.y)
        #expect(smooth[2].isNaN)
        #expect(smooth.filter { !$0.isNaN } == [5, 3, 4, 7, 10])
    }

    @Test func escapesText() {
        let nasty = "<b> & \"c\" 'd' \u{0}\u{1B}]]>"
        let chart = LineChart(
            title: nasty,
            subtitle: nasty,
            xLabel: nasty,
            yLabel: nasty,
            series: [.init(nasty, [.init(x: 1, y: 2, label: nasty)], style: .markers), .init(nasty, [(1, 2)])]
        )
        #expect(parses(chart.svg()))
        #expect(!chart.svg().contains("<b>"))
    }

    @Test(arguments: [LineChart.Scale.linear, .logarithmic], [LineChart.Scale.linear, .logarithmic])
    func badNumbersAreNeverDrawn(xScale: LineChart.Scale, yScale: LineChart.Scale) {
        let bad: [Double] = [
            .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0, -1,
            .leastNonzeroMagnitude, 1, 1e100,
        ]
        let all = bad.flatMap { x in bad.map { (x: x, y: $0) } }
        for pairs in [all, [], Array(all.prefix(1)), [(1, 1)], [(1, 1), (1, 1)], [(0, 0)]] {
            for style in [LineChart.Style.line, .markers, .lineWithMarkers] {
                let chart = LineChart(
                    title: "",
                    xLabel: "",
                    yLabel: "",
                    xScale: xScale,
                    yScale: yScale,
                    series: [.init("s", pairs, style: style)]
                )
                let svg = chart.svg()
                #expect(parses(svg))
                #expect(!svg.contains("nan") && !svg.contains("inf\"") && !svg.contains("inf "))
            }
        }
        #expect(parses(LineChart(title: "", xLabel: "", yLabel: "", series: []).svg()))
    }

    @Test func ticksAreRoundInsideAndAscending() {
        var random = SplitMix64(seed: 2)
        for _ in 0..<2000 {
            let center = random.normal() * pow(10, random.normal() * 4)
            let span = pow(10, random.normal() * 4)
            let axis = LineChart.Axis([center, center + span], scale: .linear)
            let ticks = axis.ticks(count: 6)
            #expect((2...14).contains(ticks.count), "\(center) \(span)")
            #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0 < $1 })
            #expect(ticks.allSatisfy { -1e-9...1 + 1e-9 ~= axis.position($0) })
            let low = pow(10, random.normal() * 5)
            let logarithmic = LineChart.Axis([low, low * pow(10, abs(random.normal()) * 6)], scale: .logarithmic)
            let decades = logarithmic.ticks(count: 6)
            #expect((1...14).contains(decades.count), "\(logarithmic)")
            #expect(decades.allSatisfy { -1e-9...1 + 1e-9 ~= logarithmic.position($0) })
        }
    }

    @Test(arguments: [
        ([0.0, 0.5, 1, 1.5], ["0", "0.5", "1.0", "1.5"]), ([0, 2.5, 5], ["0", "2.5", "5"]),
        ([0, 20_000, 40_000], ["0", "20k", "40k"]), ([0, 500_000, 1_000_000], ["0", "0.5M", "1.0M"]),
        ([0, 5e6, 1e7], ["0", "5M", "10M"]), ([-0.02, 0, 0.02], ["−0.02", "0", "0.02"]),
        ([0.1, 0.2, 0.30000000000000004], ["0.1", "0.2", "0.3"]), ([1, 10], ["1", "10"]),
    ])
    func tickTexts(ticks: [Double], texts: [String]) {
        let axis = LineChart.Axis(ticks, scale: .linear)
        #expect(ticks.map { axis.text($0, among: ticks) } == texts)
    }
}
