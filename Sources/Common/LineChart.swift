/// A chart of lines or points, drawn as SVG text: training curves, quality against speed.
package struct LineChart: Sendable {
    package struct Point: Sendable {
        package var x: Double
        /// NaN and infinities leave a gap in the line, as do numbers that a logarithmic axis cannot show.
        package var y: Double
        /// Text beside the point.
        package var label: String?

        package init(x: Double, y: Double, label: String? = nil) {
            self.x = x
            self.y = y
            self.label = label
        }
    }

    package enum Style: Sendable { case line, lineWithMarkers, markers }

    package enum Scale: Sendable { case linear, logarithmic }

    package struct Series: Sendable {
        package var name: String
        package var points: [Point]
        package var style: Style
        package var isDashed: Bool
        /// How many neighbouring points the line averages; above 1 the points themselves are drawn pale behind it.
        package var smoothing: Int

        package init(
            _ name: String,
            _ points: [Point],
            style: Style = .line,
            isDashed: Bool = false,
            smoothing: Int = 1
        ) {
            self.name = name
            self.points = points
            self.style = style
            self.isDashed = isDashed
            self.smoothing = smoothing
        }

        /// A line through (x, y) pairs.
        package init(
            _ name: String,
            _ pairs: [(x: Double, y: Double)],
            style: Style = .line,
            isDashed: Bool = false,
            smoothing: Int = 1
        ) {
            let points = pairs.map { Point(x: $0.x, y: $0.y) }
            self.init(name, points, style: style, isDashed: isDashed, smoothing: smoothing)
        }

        /// Each y replaced by the mean of up to `smoothing` points around it; points that `isShown` refuses count for
        /// nothing and stay as they are. Cost: linear.
        package func smoothed(_ isShown: (Point) -> Bool) -> [Point] {
            guard smoothing > 1 else { return points }
            let shown = points.indices.filter { isShown(points[$0]) }
            var sums = [0.0]
            for index in shown { sums.append(sums[sums.count - 1] + points[index].y) }
            var result = points
            for (rank, index) in shown.enumerated() {
                // The same number of points on both sides, so that the ends keep their place.
                let reach = min((smoothing - 1) / 2, rank, shown.count - 1 - rank)
                result[index].y = (sums[rank + reach + 1] - sums[rank - reach]) / Double(2 * reach + 1)
            }
            return result
        }
    }

    package var title: String
    /// A second, grey line under the title: what was measured, and where.
    package var subtitle: String?
    package var xLabel: String
    package var yLabel: String
    package var xScale: Scale
    package var yScale: Scale
    package var series: [Series]
    /// In pixels, at least 200 by 150.
    package var width: Double
    package var height: Double

    package init(
        title: String,
        subtitle: String? = nil,
        xLabel: String,
        yLabel: String,
        xScale: Scale = .linear,
        yScale: Scale = .linear,
        series: [Series],
        width: Double = 800,
        height: Double = 480
    ) {
        self.title = title
        self.subtitle = subtitle
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.xScale = xScale
        self.yScale = yScale
        self.series = series
        self.width = max(200, width)
        self.height = max(150, height)
    }
}
