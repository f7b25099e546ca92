import Foundation

/// Chooses the experts of a token from its router's logits (``MixtureOfExperts/Router``).
struct ExpertRouter {
    struct Choice {
        let expert: Int
        let weight: Float
    }

    let mixture: MixtureOfExperts
    /// Of each expert; nil for none.
    let bias: [Float]?

    /// The experts that some tokens may choose among (``ExpertPool``), ascending: those with the largest score at any of them,
    /// the smaller index among equals.
    func pool(_ tokens: [UnsafeBufferPointer<Float>], _ count: Int) -> [Int] {
        var most = [Float](repeating: -.infinity, count: mixture.experts)
        for logits in tokens {
            for (expert, score) in biased(Self.sigmoid(logits)).enumerated() { most[expert] = max(most[expert], score) }
        }
        return best(most, of: Array(most.indices), count).sorted()
    }

    /// The chosen experts, best first; the smaller index among equals.
    ///
    /// - Parameter pool: those that may be chosen, if not all.
    func choose(_ logits: UnsafeBufferPointer<Float>, among pool: [Int]? = nil) -> [Choice] {
        switch mixture.router {
        case .softmax:
            let scores = biased(Self.softmax(logits))
            return best(scores, of: Array(scores.indices), mixture.chosen).map {
                Choice(expert: $0, weight: mixture.scale * scores[$0])
            }
        case .normalizedSoftmax:
            let scores = Self.softmax(logits)
            return normalized(best(scores, of: Array(scores.indices), mixture.chosen), scores)
        case .groupedSigmoid:
            let scores = Self.sigmoid(logits)
            let choosing = biased(scores)
            return normalized(best(choosing, of: pool ?? candidates(choosing), mixture.chosen), scores)
        }
    }

    /// Experts of the best groups; a group is as good as its two best experts together.
    private func candidates(_ scores: [Float]) -> [Int] {
        let size = scores.count / mixture.groups
        let groups = (0..<mixture.groups).map { $0 * size..<($0 + 1) * size }
        let worth = groups.map { group in best(scores, of: Array(group), 2).reduce(0) { $0 + scores[$1] } }
        return best(worth, of: Array(groups.indices), mixture.chosenGroups).sorted().flatMap { groups[$0] }
    }

    private func normalized(_ experts: [Int], _ scores: [Float]) -> [Choice] {
        let sum = experts.reduce(0) { $0 + scores[$1] } + 1e-20
        return experts.map { Choice(expert: $0, weight: mixture.scale * (scores[$0] / sum)) }
    }

    private func biased(_ scores: [Float]) -> [Float] {
        guard let bias else { return scores }
        return zip(scores, bias).map(+)
    }

    private func best(_ scores: [Float], of indices: [Int], _ count: Int) -> [Int] {
        Array(indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(count))
    }

    private static func sigmoid(_ logits: UnsafeBufferPointer<Float>) -> [Float] { logits.map { 1 / (1 + exp(-$0)) } }

    private static func softmax(_ logits: UnsafeBufferPointer<Float>) -> [Float] {
        let most = logits.max() ?? 0
        let powers = logits.map { exp($0 - most) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}
