extension LineChart.Layout {
    /// Each label beside its point, where it hides neither marker, line nor earlier label; to the right if all
    /// places are taken.
    func labels() -> [PlacedLabel] {
        var taken = obstacles()
        var placed: [PlacedLabel] = []
        for (index, series) in chart.series.enumerated() {
            for point in series.points {
                guard let text = point.label, !text.isEmpty, let center = place(point) else { continue }
                let width = Self.textWidth(text, size: 11)
                // Offsets of the text's left end and base line: right, above, below, left, and the corners.
                let candidates = [
                    (8, 4), (-width / 2, -9), (-width / 2, 17), (-width - 8, 4), (7, -6), (7, 14),
                    (-width - 7, -6), (-width - 7, 14),
                ].map { (x: center.x + $0.0, y: center.y + $0.1) }
                let boxes = candidates.map { Box(left: $0.x, top: $0.y - 9, right: $0.x + width, bottom: $0.y + 3) }
                let free = boxes.indices.first { candidate in
                    let box = boxes[candidate]
                    return box.left >= plot.left && box.right <= chart.width - 4 && box.top >= plot.top - 8
                        && box.bottom <= plot.bottom && !taken.contains { $0.overlaps(box) }
                }
                let choice = free ?? 0
                taken.append(boxes[choice])
                placed.append(
                    PlacedLabel(text: text, x: candidates[choice].x, y: candidates[choice].y, series: index)
                )
            }
        }
        return placed
    }

    /// Small boxes over the markers and along the lines of the series that have labels or markers; a dense curve has
    /// too many points to keep clear of.
    private func obstacles() -> [Box] {
        var boxes: [Box] = []
        func add(_ x: Double, _ y: Double, _ reach: Double) {
            boxes.append(Box(left: x - reach, top: y - reach, right: x + reach, bottom: y + reach))
        }
        for series in chart.series where series.points.count <= 200 {
            for run in runs(series.points) {
                if series.style != .line { for point in run { add(point.x, point.y, 4) } }
                if series.style == .markers { continue }
                for (start, end) in zip(run, run.dropFirst()) {
                    let steps = max(1, (max(abs(end.x - start.x), abs(end.y - start.y)) / 4).rounded(.up))
                    for step in stride(from: 0, through: 1, by: 1 / steps) {
                        add(start.x + step * (end.x - start.x), start.y + step * (end.y - start.y), 1)
                    }
                }
            }
        }
        return boxes
    }
}
