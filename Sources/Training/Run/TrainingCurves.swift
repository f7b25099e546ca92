import Common
import Foundation

/// The measurements of a run: one JSON line a step and one a held-out measurement, and their picture.
struct TrainingCurves {
    struct Record: Codable {
        var step: Int
        var tokens: Int?
        var phase: String?
        var next: Double?
        var masked: Double?
        var maskedAccuracy: Double?
        var transition: Double?
        var transitionAccuracy: Double?
        var replaced: Double?
        var detector: Double?
        var detectorAccuracy: Double?
        var rate: Double?
        var norm: Double?
        var tokensPerSecond: Double?
        var coreHours: Double?
        var heldOut: HeldOutLoss.Values?
    }

    private(set) var records: [Record] = []
    private var previousTokens = 0
    private var recent: (next: Double, masked: Double?, speed: Double)?

    init() {}

    /// Reads the lines of an earlier start; those after the checkpoint are dropped, since their steps come again.
    init(_ file: URL, upTo step: Int) throws {
        guard let data = try? Data(contentsOf: file) else { return }
        records = data.split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSONDecoder().decode(Record.self, from: $0)
        }.filter { $0.step <= step }
        previousTokens = records.last { $0.tokens != nil }?.tokens ?? 0
    }

    mutating func append(
        _ state: RunState,
        _ sums: LossSums,
        phase: String,
        rate: Float,
        norm: Float,
        seconds: Double
    ) {
        let speed = Double(state.tokens - previousTokens) / seconds
        previousTokens = state.tokens
        records.append(
            Record(
                step: state.step,
                tokens: state.tokens,
                phase: phase,
                next: sums.mean(.next),
                masked: sums.mean(.masked),
                maskedAccuracy: sums.accuracy(.masked),
                transition: sums.mean(.transition),
                transitionAccuracy: sums.accuracy(.transition),
                replaced: sums.mean(.replaced),
                detector: sums.verdicts == 0 ? nil : sums.detectorNats / Double(sums.verdicts),
                detectorAccuracy: sums.verdicts == 0 ? nil : Double(sums.rightVerdicts) / Double(sums.verdicts),
                rate: Double(rate),
                norm: Double(norm),
                tokensPerSecond: speed,
                coreHours: state.processorSeconds / 3600
            )
        )
        // A short memory makes the numbers beside the progress bar readable.
        let next = sums.mean(.next) ?? 0
        recent = (
            0.9 * (recent?.next ?? next) + 0.1 * next,
            sums.mean(.masked).map { 0.9 * ((recent?.masked ?? nil) ?? $0) + 0.1 * $0 },
            0.9 * (recent?.speed ?? speed) + 0.1 * speed
        )
    }

    mutating func append(held values: HeldOutLoss.Values, step: Int) {
        records.append(Record(step: step, heldOut: values))
    }

    var summary: String {
        guard let recent else { return "" }
        let masked = recent.masked.map { String(format: ", masked %.2f", $0) } ?? ""
        return String(format: "loss %.2f", recent.next) + masked + String(format: ", %.0f tokens/s", recent.speed)
    }

    func write(metrics: URL, picture: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let lines = try records.map { try encoder.encode($0) + Data("\n".utf8) }
        try AtomicFile.write(lines.reduce(into: Data()) { $0 += $1 }, to: metrics)
        let steps = records.filter { $0.tokens != nil }
        func series(_ name: String, _ value: (Record) -> Double?) -> LineChart.Series {
            .init(
                name,
                steps.compactMap { r in value(r).map { (x: Double(r.tokens ?? 0) / 1e6, y: $0) } },
                smoothing: 41
            )
        }
        let chart = LineChart(
            title: "Training losses",
            subtitle: "nats a token, mean of 41 steps",
            xLabel: "million tokens",
            yLabel: "loss",
            series: [series("next token", \.next), series("masked", \.masked), series("replaced", \.replaced)]
        )
        try AtomicFile.write(chart.svg(), to: picture)
    }
}
