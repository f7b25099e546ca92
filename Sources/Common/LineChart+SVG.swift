import Foundation

extension LineChart {
    /// The chart as a complete SVG document. Bad numbers are left out, never drawn; all text is escaped.
    package func svg() -> String {
        let layout = Layout(self)
        var parts = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" "
                + "height=\"\(height)\" font-family=\"Inter, Helvetica, Arial, sans-serif\" font-size=\"12\">",
            "<title>\(SVG.escape(title))</title>",
            "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
            SVG.text(title, x: 20, y: 30, size: 17, color: "#1f2328", weight: "600"),
        ]
        if let subtitle { parts.append(SVG.text(subtitle, x: 20, y: 49, size: 12, color: "#6b7280")) }
        parts += legend(layout) + axes(layout)
        for (index, series) in series.enumerated() { parts += curve(series, color: SVG.color(index), layout) }
        parts += labels(layout)
        parts.append("</svg>")
        return parts.joined(separator: "\n") + "\n"
    }

    private func legend(_ layout: Layout) -> [String] {
        layout.legend.map { item in
            let color = SVG.color(item.index)
            let series = series[item.index]
            var symbol = ""
            if series.style != .markers {
                symbol += SVG.line(item.x, item.y, item.x + 20, item.y, color, dashed: series.isDashed)
            }
            if series.style != .line { symbol += SVG.marker(item.x + 10, item.y, color) }
            return symbol + SVG.text(series.name, x: item.x + 27, y: item.y + 4, size: 12, color: "#374151")
        }
    }

    private func axes(_ layout: Layout) -> [String] {
        let plot = layout.plot
        var parts: [String] = []
        for tick in layout.yTicks {
            let y = layout.y(tick)
            parts.append(
                "<path d=\"M\(SVG.number(plot.left)) \(SVG.number(y))H\(SVG.number(plot.right))\" stroke=\"#e5e7eb\"/>"
            )
            let text = layout.yAxis.text(tick, among: layout.yTicks)
            parts.append(SVG.text(text, x: plot.left - 8, y: y + 4, size: 12, color: "#6b7280", anchor: "end"))
        }
        for tick in layout.xTicks {
            let x = layout.x(tick)
            parts.append("<path d=\"M\(SVG.number(x)) \(SVG.number(plot.bottom))v5\" stroke=\"#9ca3af\"/>")
            let text = layout.xAxis.text(tick, among: layout.xTicks)
            parts.append(SVG.text(text, x: x, y: plot.bottom + 19, size: 12, color: "#6b7280", anchor: "middle"))
        }
        parts.append(
            "<path d=\"M\(SVG.number(plot.left)) \(SVG.number(plot.bottom))H\(SVG.number(plot.right))\" "
                + "stroke=\"#9ca3af\"/>"
        )
        parts.append(SVG.text(yLabel, x: 20, y: plot.top - 14, size: 12, color: "#374151", weight: "600"))
        parts.append(
            SVG.text(
                xLabel,
                x: plot.right,
                y: plot.bottom + 40,
                size: 12,
                color: "#374151",
                weight: "600",
                anchor: "end"
            )
        )
        return parts
    }

    private func curve(_ series: Series, color: String, _ layout: Layout) -> [String] {
        var parts: [String] = []
        if series.style != .markers {
            if series.smoothing > 1 {
                parts.append(SVG.path(layout.runs(series.points), color, "stroke-width=\"1\" stroke-opacity=\"0.25\""))
            }
            let dash = series.isDashed ? " stroke-dasharray=\"6 5\"" : ""
            let points = series.smoothed { layout.place($0) != nil }
            parts.append(SVG.path(layout.runs(points), color, "stroke-width=\"2\"" + dash))
        }
        if series.style != .line {
            parts += series.points.compactMap(layout.place).map { SVG.marker($0.x, $0.y, color) }
        }
        return parts
    }

    private func labels(_ layout: Layout) -> [String] {
        layout.labels().map { label in
            let halo = "paint-order=\"stroke\" stroke=\"#ffffff\" stroke-width=\"3\" stroke-linejoin=\"round\""
            return SVG.text(
                label.text,
                x: label.x,
                y: label.y,
                size: 11,
                color: SVG.color(label.series),
                extra: halo
            )
        }
    }
}

/// Pieces of SVG text.
enum SVG {
    /// Cinnabar red first, then colours that stay apart for colour-blind readers.
    private static let colors = [
        "#c8372d", "#2566a8", "#1f9170", "#d98c10", "#7a4fb5", "#4b5563", "#c9528f", "#1593a8",
    ]

    static func color(_ index: Int) -> String { colors[index % colors.count] }

    static func number(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    static func text(
        _ text: String,
        x: Double,
        y: Double,
        size: Int,
        color: String,
        weight: String? = nil,
        anchor: String? = nil,
        extra: String? = nil
    ) -> String {
        var attributes = "x=\"\(number(x))\" y=\"\(number(y))\" font-size=\"\(size)\" fill=\"\(color)\""
        if let weight { attributes += " font-weight=\"\(weight)\"" }
        if let anchor { attributes += " text-anchor=\"\(anchor)\"" }
        if let extra { attributes += " \(extra)" }
        return "<text \(attributes)>\(escape(text))</text>"
    }

    static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ color: String, dashed: Bool) -> String {
        "<path d=\"M\(number(x1)) \(number(y1))L\(number(x2)) \(number(y2))\" stroke=\"\(color)\" stroke-width=\"2\" "
            + "stroke-linecap=\"round\"\(dashed ? " stroke-dasharray=\"6 5\"" : "")/>"
    }

    /// Lines through the points of each run.
    static func path(_ runs: [[(x: Double, y: Double)]], _ color: String, _ attributes: String) -> String {
        guard !runs.isEmpty else { return "" }
        let data = runs.map { run in
            // A lone point has no length; the round caps make it a dot.
            let points = run.count == 1 ? [run[0], run[0]] : run
            return "M" + points.map { "\(number($0.x)) \(number($0.y))" }.joined(separator: "L")
        }.joined()
        return
            "<path d=\"\(data)\" fill=\"none\" stroke=\"\(color)\" stroke-linejoin=\"round\" stroke-linecap=\"round\" "
            + "\(attributes)/>"
    }

    static func marker(_ x: Double, _ y: Double, _ color: String) -> String {
        "<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"4.5\" fill=\"\(color)\" "
            + "stroke=\"#ffffff\" stroke-width=\"1.5\"/>"
    }

    /// Text as XML content or attribute value; characters that XML 1.0 forbids become the replacement character.
    static func escape(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
            case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
            case "\t", "\n", "\r": escaped.append(" ")
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped.append("\u{FFFD}")
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}
