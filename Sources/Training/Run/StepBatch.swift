/// The rows of one step in the network's form, with the weight that each target has in the step's loss.
struct StepBatch {
    var inputs: [NetworkInput]

    /// Sets weights so that each part of the loss is a mean over its own tokens of the whole step, and the detector's
    /// right and wrong tokens have equal mass.
    init(_ inputs: [NetworkInput], weights: LossWeights) {
        var counts = [Int](repeating: 0, count: Supervision.allCases.count)
        var verdicts = [0, 0]
        for input in inputs {
            for target in input.targets where target.weight > 0 { counts[target.supervision.rawValue] += 1 }
            for verdict in input.verdicts { verdicts[verdict.isRight ? 1 : 0] += 1 }
        }
        let factors = Supervision.allCases.map { kind in
            counts[kind.rawValue] == 0 ? 0 : Float(weights(kind) / Double(counts[kind.rawValue]))
        }
        let balance = verdicts.map { $0 == 0 ? 0 : Float(0.5 * weights.detector / Double($0)) }
        self.inputs = inputs.map { input in
            var input = input
            input.targets = input.targets.compactMap { target in
                var target = target
                target.weight *= factors[target.supervision.rawValue]
                return target.weight > 0 ? target : nil
            }
            input.verdicts =
                weights.detector == 0
                ? []
                : input.verdicts.map { verdict in
                    var verdict = verdict
                    verdict.weight = balance[verdict.isRight ? 1 : 0]
                    return verdict
                }
            input.sharpen = weights.masked > 0 ? Float(weights.sharpen / weights.masked) : 0
            return input
        }
    }
}
