import Common

extension EvaluationReport {
    /// The modes as a quality-speed curve in SVG: pass@1 against tokens a forward.
    ///
    /// - Parameter timed: tokens a second on the x axis instead, for the modes that measured it.
    package func chart(timed: Bool = false) -> String {
        let points = modes.compactMap(\.point).compactMap { point -> LineChart.Point? in
            let x = timed ? point.tokensPerSecond : point.parallelism
            return x.map { LineChart.Point(x: $0, y: point.accuracy, label: point.label) }
        }
        return LineChart(
            title: "Quality against speed, \(suite)",
            subtitle: "\(model), \(taskCount) tasks, \(hardware)",
            xLabel: timed ? "tokens per second (decode)" : "tokens per forward",
            yLabel: "pass@1, percent",
            series: [LineChart.Series(model, points.sorted { $0.x < $1.x }, style: .lineWithMarkers)]
        ).svg()
    }
}
