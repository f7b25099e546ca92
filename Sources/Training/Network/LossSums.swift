/// Losses of some rows: sums of nats and counts, so that they add up over rows and workers.
package struct LossSums: Sendable, Codable {
    /// By ``Supervision``: nats, tokens, and tokens whose best prediction was right.
    package var nats = [Double](repeating: 0, count: Supervision.allCases.count)
    package var tokens = [Int](repeating: 0, count: Supervision.allCases.count)
    package var right = [Int](repeating: 0, count: Supervision.allCases.count)
    /// The error detector: nats, verdicts, and verdicts on the right side of one half.
    package var detectorNats = 0.0
    package var verdicts = 0
    package var rightVerdicts = 0

    package init() {}

    package static func += (a: inout LossSums, b: LossSums) {
        for i in a.nats.indices {
            a.nats[i] += b.nats[i]
            a.tokens[i] += b.tokens[i]
            a.right[i] += b.right[i]
        }
        a.detectorNats += b.detectorNats
        a.verdicts += b.verdicts
        a.rightVerdicts += b.rightVerdicts
    }

    /// Mean loss in nats, nil without tokens.
    package func mean(_ kind: Supervision) -> Double? {
        tokens[kind.rawValue] == 0 ? nil : nats[kind.rawValue] / Double(tokens[kind.rawValue])
    }

    /// Share of right predictions, nil without tokens.
    package func accuracy(_ kind: Supervision) -> Double? {
        tokens[kind.rawValue] == 0 ? nil : Double(right[kind.rawValue]) / Double(tokens[kind.rawValue])
    }
}
