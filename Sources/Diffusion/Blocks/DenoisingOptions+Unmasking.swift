package import Common

extension DenoisingOptions {
    /// Takes what a request says of the way masks are written.
    ///
    /// - Parameter isBlockGiven: the network was trained with blocks of this length and sees no others.
    /// - Throws: `invalidArgument` for values outside their range, and for a length that the blocks cannot have; what does not
    ///   go together ``validate(vocabularySize:)`` refuses.
    package mutating func apply(_ unmasking: Unmasking, isBlockGiven: Bool) throws {
        try unmasking.validate()
        if let length = unmasking.blockLength, length != blockLength {
            guard !isBlockGiven, !isVariable else {
                throw CinnabarError(
                    .invalidArgument,
                    "blocks of \(length) tokens are asked for, this network has blocks of \(blockLength)",
                    hint: "leave the block length out"
                )
            }
            blockLength = length
            subBlockLength = subBlockLength.map { length % $0 == 0 ? $0 : length }
            rule.choice = rule.choice.over(min(length, maxTokens))
        }
        rule.choice = choice(unmasking)
        switch rule.choice {
        case .threshold(let threshold), .thresholdOrScheduled(let threshold, _):
            try Unmasking.checkProbability(threshold)
        default: break
        }
        if let score = unmasking.score {
            rule.score = score
        } else if unmasking.rule == .entropyBound {
            rule.score = .entropy
        }
        if let guidance = unmasking.guidance { self.guidance = guidance }
        if let cache = unmasking.cache { self.cache = cache }
    }

    private func choice(_ unmasking: Unmasking) -> DenoisingRule.Choice {
        // More steps than places would write nothing.
        let most = min(blockLength, maxTokens)
        let (steps, threshold) = (unmasking.steps.map { min($0, most) }, unmasking.threshold)
        let schedule = (rule.choice.schedule ?? .even(steps: most)).over(steps)
        switch unmasking.rule {
        case .scheduled: return .scheduled(schedule)
        case .threshold: return .threshold(threshold ?? 0.9)
        case .dynamic: return .thresholdOrScheduled(threshold ?? 0.9, schedule)
        case .factor: return .factor(threshold ?? 1)
        case .entropyBound: return .entropyBudget(threshold ?? 0.5)
        case .entropyBelow: return .entropyBelow(threshold ?? 0.4, penalty: DenoisingRule.placePenalty)
        case .remasking: return .remasking(steps: steps ?? most)
        case nil: break
        }
        // The authors' rule with other numbers; a number that it has not makes it the rule that has.
        switch rule.choice {
        case .scheduled:
            guard let threshold else { return .scheduled(schedule) }
            return steps == nil ? .threshold(threshold) : .thresholdOrScheduled(threshold, schedule)
        case .thresholdOrScheduled(let own, _): return .thresholdOrScheduled(threshold ?? own, schedule)
        case .threshold(let own):
            guard steps != nil else { return .threshold(threshold ?? own) }
            return threshold.map { .thresholdOrScheduled($0, schedule) } ?? .scheduled(schedule)
        case .factor(let own): return .factor(threshold ?? own)
        case .entropyBudget(let own): return .entropyBudget(threshold ?? own)
        case .entropyBelow(let own, let penalty): return .entropyBelow(threshold ?? own, penalty: penalty)
        case .surest(let count): return threshold.map { .threshold($0) } ?? .surest(count)
        case .remasking(let own): return .remasking(steps: steps ?? own)
        }
    }
}

extension DenoisingRule.Choice {
    fileprivate var schedule: UnmaskingSchedule? {
        switch self {
        case .scheduled(let schedule), .thresholdOrScheduled(_, let schedule): schedule
        default: nil
        }
    }

    /// The same with so many steps, where steps are planned.
    fileprivate func over(_ steps: Int) -> Self {
        switch self {
        case .scheduled(let schedule): .scheduled(schedule.over(steps))
        case .thresholdOrScheduled(let threshold, let schedule): .thresholdOrScheduled(threshold, schedule.over(steps))
        case .remasking: .remasking(steps: steps)
        default: self
        }
    }
}

extension UnmaskingSchedule {
    /// The same with so many steps; itself for nil.
    fileprivate func over(_ steps: Int?) -> Self {
        guard let steps else { return self }
        switch self {
        case .even: return .even(steps: steps)
        case .evenOnBlock: return .evenOnBlock(steps: steps)
        case .linear: return .linear(steps: steps)
        case .timeSteps(_, let epsilon): return .timeSteps(steps: steps, epsilon: epsilon)
        case .remainder: return .remainder(steps: steps)
        }
    }
}
