extension LineChart {
    /// Where everything goes, in pixels; y grows downwards.
    struct Layout {
        struct Box {
            var left, top, right, bottom: Double

            func overlaps(_ other: Box) -> Bool {
                left < other.right && other.left < right && top < other.bottom && other.top < bottom
            }
        }

        struct LegendItem {
            let index: Int
            let x, y: Double
        }

        struct PlacedLabel {
            let text: String
            let x, y: Double
            let series: Int
        }

        let chart: LineChart
        let xAxis, yAxis: Axis
        let xTicks, yTicks: [Double]
        let plot: Box
        let legend: [LegendItem]

        init(_ chart: LineChart) {
            self.chart = chart
            let points = chart.series.flatMap(\.points)
            let xs = Axis(points.map(\.x), scale: chart.xScale)
            // The height of the curve is set by the points that are drawn.
            let ys = Axis(points.filter { xs.shows($0.x) }.map(\.y), scale: chart.yScale)
            (xAxis, yAxis) = (xs, ys)

            var items: [LegendItem] = []
            var x = 20.0
            var y = chart.subtitle == nil ? 54.0 : 73.0
            for (index, series) in chart.series.enumerated() where chart.series.count > 1 && !series.name.isEmpty {
                let width = 27 + Self.textWidth(series.name, size: 12) + 18
                if x > 20, x + width > chart.width - 20 { (x, y) = (20, y + 20) }
                items.append(LegendItem(index: index, x: x, y: y))
                x += width
            }
            legend = items
            let top = (items.isEmpty ? y - 18 : y) + (chart.yLabel.isEmpty ? 22 : 42)
            let bottom = max(top + 20, chart.height - 52)
            let yTicks = ys.ticks(count: max(2, Int((bottom - top) / 55)))
            let widest = yTicks.map { Self.textWidth(ys.text($0, among: yTicks), size: 12) }.max() ?? 0
            let left = max(36, 20 + widest + 8)
            plot = Box(left: left, top: top, right: chart.width - 24, bottom: bottom)
            xTicks = xs.ticks(count: max(2, Int((chart.width - 24 - left) / 85)))
            self.yTicks = yTicks
        }

        func x(_ value: Double) -> Double { plot.left + xAxis.position(value) * (plot.right - plot.left) }
        func y(_ value: Double) -> Double { plot.bottom - yAxis.position(value) * (plot.bottom - plot.top) }

        /// Nil for a point that cannot be shown.
        func place(_ point: Point) -> (x: Double, y: Double)? {
            guard xAxis.shows(point.x), yAxis.shows(point.y) else { return nil }
            return (x(point.x), y(point.y))
        }

        /// The line cut at points that cannot be shown. Of the points that share a column of pixels only first, lowest,
        /// highest and last stay, so that a long training run makes a small file with the same picture.
        func runs(_ points: [Point]) -> [[(x: Double, y: Double)]] {
            points.split(whereSeparator: { place($0) == nil }).map { run in
                var kept: [(x: Double, y: Double)] = []
                var column: [(x: Double, y: Double)] = []
                func flush() {
                    guard column.count > 4, let first = column.first, let last = column.last,
                        let high = column.indices.min(by: { column[$0].y < column[$1].y }),
                        let low = column.indices.max(by: { column[$0].y < column[$1].y })
                    else {
                        kept += column
                        return
                    }
                    kept += [first, column[min(high, low)], column[max(high, low)], last]
                }
                for point in run.compactMap(place) {
                    if let previous = column.last, previous.x.rounded() != point.x.rounded() {
                        flush()
                        column.removeAll(keepingCapacity: true)
                    }
                    column.append(point)
                }
                flush()
                return kept
            }
        }

        /// An estimate: the real width depends on the reader's fonts.
        static func textWidth(_ text: String, size: Double) -> Double {
            text.unicodeScalars.reduce(0) { $0 + ($1.value < 0x1100 ? 0.56 : 1.05) * size }
        }
    }
}
