import Common
import Diffusion
import Testing

private func reading(
    _ position: Int,
    _ probability: Double,
    margin: Double = 0,
    entropy: Double = 0,
    current: TokenID = 0,
    token: TokenID = 7
) -> DenoisingRule.Reading {
    DenoisingRule.Reading(
        position: position,
        isMasked: current == 0,
        current: current,
        token: token,
        probability: probability,
        margin: margin,
        entropy: entropy
    )
}

private func unmasked(_ rule: DenoisingRule, _ readings: [DenoisingRule.Reading], count: Int = 0) -> [Int] {
    rule.writes(readings, count: count).unmasked.map(\.position)
}

@Suite struct DenoisingRuleTests {
    private let four = [
        reading(3, 0.5, margin: 0.4, entropy: 0.3), reading(4, 0.9, margin: 0.1, entropy: 0.5),
        reading(5, 0.9, margin: 0.2, entropy: 0.1), reading(6, 0.2, margin: 0.3, entropy: 0.2),
    ]

    @Test("The surest by each score, the left one of equals")
    func scores() {
        let schedule = UnmaskingSchedule.even(steps: 1)
        func first(_ score: DenoisingRule.Score, _ count: Int) -> [Int] {
            unmasked(DenoisingRule(.scheduled(schedule), score: score), four, count: count)
        }
        #expect(first(.probability, 1) == [4])
        #expect(first(.probability, 2) == [4, 5])
        #expect(first(.margin, 2) == [3, 6])
        #expect(first(.entropy, 2) == [5, 6])
        #expect(first(.position, 3) == [3, 4, 5])
        #expect(first(.probability, 0) == [])
        #expect(first(.probability, 9) == [3, 4, 5, 6])
    }

    @Test("A threshold writes all above it and always one")
    func thresholds() {
        #expect(unmasked(DenoisingRule(.threshold(0.5)), four) == [3, 4, 5])
        #expect(unmasked(DenoisingRule(.threshold(0.95)), four) == [4])
        // By whatever score the surest is found, the threshold is one of probability.
        #expect(unmasked(DenoisingRule(.threshold(0.9), score: .entropy), four) == [4, 5])
        #expect(unmasked(DenoisingRule(.threshold(0.95), score: .entropy), four) == [5])
        #expect(unmasked(DenoisingRule(.factor(0.5), score: .position), four) == [4, 5])
        let schedule = UnmaskingSchedule.even(steps: 1)
        #expect(unmasked(DenoisingRule(.thresholdOrScheduled(0.5, schedule)), four, count: 1) == [4, 5])
        #expect(unmasked(DenoisingRule(.thresholdOrScheduled(0.5, schedule)), four, count: 3) == [3, 4, 5])
    }

    @Test("A request's scores and caches are the loop's")
    func overrides() throws {
        for score in Unmasking.Score.allCases {
            for cache in Unmasking.Cache.allCases {
                var options = DenoisingOptions(
                    rule: DenoisingRule(.threshold(0.9)),
                    window: .whole,
                    blockLength: 8,
                    maxTokens: 8,
                    maskToken: 0
                )
                var unmasking = Unmasking()
                (unmasking.score, unmasking.cache, unmasking.rule) = (score, cache, .entropyBound)
                try options.apply(unmasking, isBlockGiven: false)
                #expect("\(options.rule.score)" == score.rawValue && options.cache.rawValue == cache.rawValue)
                #expect(options.rule.choice == .entropyBudget(0.5))
            }
        }
    }

    @Test("A factor takes the most n for which (n + 1)(1 - the n-th probability) is below it")
    func factor() {
        var random = SplitMix64(seed: 61)
        for round in 0..<500 {
            let readings = (0..<Int.random(in: 1...12, using: &random)).map { reading($0, random.uniform()) }
            let factor = 3 * random.uniform()
            let falling = readings.map(\.probability).sorted(by: >)
            var most = 1
            for n in 1...falling.count where Double(n + 1) * (1 - falling[n - 1]) < factor { most = n }
            let written = unmasked(DenoisingRule(.factor(factor)), readings)
            #expect(written.count == most, "round \(round)")
            #expect(written.allSatisfy { readings[$0].probability >= falling[most - 1] }, "round \(round)")
        }
    }

    @Test("An entropy budget is not overdrawn, except by the first")
    func budget() {
        func written(_ bound: Double) -> [Int] {
            unmasked(DenoisingRule(.entropyBudget(bound), score: .entropy), four)
        }
        #expect(written(0.05) == [5])
        #expect(written(0.31) == [5, 6])
        #expect(written(0.61) == [3, 5, 6])
        #expect(written(9) == [3, 4, 5, 6])
    }

    @Test("Below an entropy that grows with the distance from the first mask, or the one least above")
    func entropyBelow() {
        func written(_ bound: Double, _ penalty: Double) -> [Int] {
            unmasked(DenoisingRule(.entropyBelow(bound, penalty: penalty)), four)
        }
        #expect(written(0.25, 0) == [5, 6])
        #expect(written(0.25, 0.05) == [5])
        #expect(written(0.1, 0) == [5])
        #expect(written(0.1, 0.15) == [3])
        #expect(written(9, 0.1) == [3, 4, 5, 6])
    }

    @Test("Edits need another token and more than the threshold; masks are no edits")
    func edits() {
        var rule = DenoisingRule(.threshold(0.9))
        rule.editThreshold = 0.6
        let readings = [
            reading(0, 0.99, current: 7), reading(1, 0.7, current: 5), reading(2, 0.6, current: 5), reading(3, 0.1),
        ]
        let writes = rule.writes(readings, count: 0)
        #expect(writes.edited.map(\.position) == [1])
        #expect(writes.unmasked.map(\.position) == [3])
    }

    @Test("Remasking leaves exactly the least sure masked, written before or not")
    func remasks() {
        let rule = DenoisingRule(.remasking(steps: 4))
        let readings = [
            reading(0, 0.2, current: 5), reading(1, 0.9), reading(2, 0.3), reading(3, 0.8, current: 5, token: 9),
        ]
        let writes = rule.writes(readings, count: 2)
        #expect(writes.remasked == [0])
        #expect(writes.unmasked.map(\.position) == [1])
        #expect(writes.edited.isEmpty, "what is written stays what it is")
    }

    @Test("Schedules write every mask, in as many steps as they have", arguments: 1...24)
    func schedules(masks: Int) {
        for steps in 1...12 {
            for schedule in [
                UnmaskingSchedule.even(steps: steps), .evenOnBlock(steps: steps), .linear(steps: steps),
                .timeSteps(steps: steps, epsilon: 1e-3), .remainder(steps: steps),
            ] {
                let counts = schedule.counts(masks: masks, length: masks)
                #expect(counts.reduce(0, +) == masks, "\(schedule)")
                #expect(counts.count <= steps && counts.allSatisfy { $0 >= 0 }, "\(schedule)")
            }
            let even = UnmaskingSchedule.even(steps: steps).counts(masks: masks, length: masks)
            #expect((even.max() ?? 0) - (even.min() ?? 0) <= 1 && even == even.sorted(by: >))
        }
    }
}
