import Foundation

/// The steps of a run, fixed once from measured speeds: after that the clock decides nothing.
package struct TrainingPlan: Codable, Sendable, Hashable {
    package struct Leg: Codable, Sendable, Hashable {
        package var phase: TrainingPhase
        package var steps: Int
        package var rowsPerStep: Int
        /// First training row of this phase; rows are a pure function of their index.
        package var firstRow: UInt64
    }

    package let legs: [Leg]
    package let tokensPerStep: Int
    /// Last share of the steps over which the learning rates fall.
    package let decay: Double

    package var steps: Int { legs.reduce(0) { $0 + $1.steps } }

    /// - Parameters:
    ///   - allowance: seconds that the run may take.
    ///   - rates: measured clean tokens per second of each phase.
    package init(phases: [TrainingPhase], allowance: Double, rates: [Double], tokensPerStep: Int, decay: Double) {
        let total = phases.reduce(0) { $0 + $1.share }
        var legs: [Leg] = []
        var row: UInt64 = 0
        for (phase, rate) in zip(phases, rates) {
            let rows = max(1, tokensPerStep / phase.rowLength)
            let tokens = allowance * phase.share / total * rate
            let steps = max(1, Int(tokens / Double(rows * phase.rowLength)))
            legs.append(Leg(phase: phase, steps: steps, rowsPerStep: rows, firstRow: row))
            row += UInt64(steps * rows)
        }
        self.legs = legs
        self.tokensPerStep = tokensPerStep
        self.decay = decay
    }

    /// The leg that step `step` belongs to and the step's number inside it.
    package func position(of step: Int) -> (leg: Leg, index: Int) {
        var rest = step
        for leg in legs {
            if rest < leg.steps { return (leg, rest) }
            rest -= leg.steps
        }
        let last = legs[legs.count - 1]
        return (last, last.steps - 1)
    }

    /// Factor of the learning rates: warm-up over 2% (at least 20 steps), constant, linear decay over the last ``decay`` of them to 5%
    /// (algorithms.md G2).
    package func rate(at step: Int) -> Float {
        let total = Double(steps)
        let warm = max(20, 0.02 * total)
        let decayStart = (1 - decay) * total
        let s = Double(step)
        if s < warm { return Float((s + 1) / warm) }
        if s < decayStart { return 1 }
        return Float(1 - 0.95 * (s - decayStart) / max(total - decayStart, 1))
    }
}
