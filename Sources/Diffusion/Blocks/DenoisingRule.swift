package import Common

/// Which masks of a block a forward writes, and what it does to tokens that are written: the sampler that a family was
/// published with. All run in one loop, ``BlockSession``.
package struct DenoisingRule: Sendable, Hashable {
    package typealias Score = Unmasking.Score

    package enum Choice: Sendable, Hashable {
        /// So many of the surest.
        case scheduled(UnmaskingSchedule)
        /// So many of the surest at every forward, however many masks there are (DreamOn).
        case surest(Int)
        /// All that are at least this sure, always the surest one (Fast-dLLM, algorithms.md B3).
        case threshold(Double)
        /// The most n for which (n + 1)(1 - the n-th's probability) is below this, always one (Fast-dLLM, algorithms.md B4).
        case factor(Double)
        /// All that are surer than this if they are at least the scheduled number, else the scheduled number (SDAR dynamic,
        /// LLaDA2.0).
        case thresholdOrScheduled(Double, UnmaskingSchedule)
        /// In order of entropy as long as the sum stays below a bound in nats, always one (SDAR).
        case entropyBudget(Double)
        /// All whose entropy in nats, plus a penalty for each place behind the first mask, is below this, always the one where
        /// it is least (WeDLM).
        case entropyBelow(Double, penalty: Double)
        /// After each step the least sure so many are masks, whether written before or not (P2, Open-dCoder).
        case remasking(steps: Int)
    }

    /// Nats for each place behind the first mask (WeDLM).
    package static let placePenalty = 0.02

    package var score = Score.probability
    package var choice: Choice
    /// Written tokens are replaced in the same forward where another one is the best with more than this probability
    /// (LLaDA2.1, algorithms.md B9).
    package var editThreshold: Double?
    /// Forwards over a block without masks, while they still edit something.
    package var maxEditSteps = 16

    package init(_ choice: Choice, score: Score = .probability) {
        (self.choice, self.score) = (choice, score)
    }

    package struct Reading: Sendable {
        /// Absolute position.
        package var position: Int
        package var isMasked: Bool
        package var current: TokenID
        /// What would be written, with its probability.
        package var token: TokenID
        package var probability: Double
        package var margin: Double
        /// Nats.
        package var entropy: Double

        package init(
            position: Int,
            isMasked: Bool,
            current: TokenID,
            token: TokenID,
            probability: Double,
            margin: Double,
            entropy: Double
        ) {
            self.position = position
            self.isMasked = isMasked
            self.current = current
            self.token = token
            self.probability = probability
            self.margin = margin
            self.entropy = entropy
        }
    }

    /// What changes, in the order of positions.
    package struct Writes: Sendable, Equatable {
        package var unmasked: [DecodingStep.Write] = []
        package var edited: [DecodingStep.Write] = []
        package var remasked: [Int] = []
        /// Places taken out of the text, and such as get a mask before them: where they were before either.
        package var deleted: [Int] = []
        package var inserted: [Int] = []
        var isEmpty: Bool { unmasked.isEmpty && edited.isEmpty && remasked.isEmpty }
    }

    /// A pure function of what was predicted.
    ///
    /// - Parameters:
    ///   - readings: of all masks of the block, and of its other tokens where the rule looks at them.
    ///   - count: what the schedule gives this step.
    package func writes(_ readings: [Reading], count: Int) -> Writes {
        var writes = Writes()
        let masked = readings.filter(\.isMasked)
        if case .remasking = choice {
            remask(readings, count, &writes)
        } else {
            writes.unmasked = chosen(masked, count).sorted { $0.position < $1.position }.map(\.write)
        }
        if let editThreshold {
            writes.edited = readings.filter {
                !$0.isMasked && $0.token != $0.current && $0.probability > editThreshold
            }.map(\.write)
        }
        return writes
    }

    /// Whether tokens that are written are looked at again.
    var looksBack: Bool {
        if case .remasking = choice { return true }
        return editThreshold != nil
    }

    /// Numbers for a block; empty where none is planned.
    func counts(masks: Int, length: Int) -> [Int] {
        switch choice {
        case .scheduled(let schedule), .thresholdOrScheduled(_, let schedule):
            schedule.counts(masks: masks, length: length)
        case .remasking(let steps): (1...max(steps, 1)).map { masks * (max(steps, 1) - $0) / max(steps, 1) }
        case .threshold, .factor, .entropyBudget, .entropyBelow, .surest: []
        }
    }

    private func chosen(_ masked: [Reading], _ count: Int) -> ArraySlice<Reading> {
        let order = masked.sorted { surer($0, $1) }
        switch choice {
        case .scheduled: return order.prefix(count)
        case .surest(let count): return order.prefix(max(1, count))
        case .threshold(let threshold):
            let sure = order.filter { $0.probability >= threshold }
            return sure.isEmpty ? order.prefix(1) : sure[...]
        case .factor(let factor):
            let falling = masked.sorted { ($1.probability, $0.position) < ($0.probability, $1.position) }
            let count = falling.indices.last { Double($0 + 2) * (1 - falling[$0].probability) < factor }
            return count.map { falling.prefix($0 + 1) } ?? order.prefix(1)
        case .thresholdOrScheduled(let threshold, _):
            let sure = order.filter { $0.probability > threshold }
            return sure.count < count ? order.prefix(count) : sure[...]
        case .entropyBudget(let bound):
            var sum = 0.0
            let fitting = order.prefix { reading in
                sum += reading.entropy
                return sum < bound
            }
            return order.prefix(max(1, fitting.count))
        case .entropyBelow(let bound, let penalty):
            let first = masked.first?.position ?? 0
            func doubt(_ reading: Reading) -> Double { reading.entropy + penalty * Double(reading.position - first) }
            let sure = masked.filter { doubt($0) < bound }
            guard sure.isEmpty else { return sure[...] }
            let least = masked.min { doubt($0) < doubt($1) }
            return least.map { [$0][...] } ?? []
        case .remasking: return []
        }
    }

    /// The surest first; the left one of equals.
    private func surer(_ a: Reading, _ b: Reading) -> Bool {
        switch score {
        case .probability: (b.probability, a.position) < (a.probability, b.position)
        case .margin: (b.margin, a.position) < (a.margin, b.position)
        case .entropy: (a.entropy, a.position) < (b.entropy, b.position)
        case .position: a.position < b.position
        }
    }

    private func remask(_ readings: [Reading], _ count: Int, _ writes: inout Writes) {
        let masks = Set(readings.sorted { surer($1, $0) }.prefix(count).map(\.position))
        for reading in readings {
            if masks.contains(reading.position) {
                if !reading.isMasked { writes.remasked.append(reading.position) }
            } else if reading.isMasked {
                writes.unmasked.append(reading.write)
            }
        }
    }
}

extension DenoisingRule.Reading {
    fileprivate var write: DecodingStep.Write {
        .init(position: position, token: token, confidence: Float(min(1, probability)))
    }
}
