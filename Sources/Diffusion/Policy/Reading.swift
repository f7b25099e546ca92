package import Common

/// What the policy reads of one canvas position.
package struct Reading: Sendable, Hashable {
    /// Index into the canvas.
    package var index: Int
    /// The token to write, if one is written: the argmax, or the sample at a temperature above 0.
    package var token: TokenID
    /// Probability of `token`.
    package var probability: Double
    /// Largest probability of the row; positions are chosen by it and by the entropy, before any temperature.
    package var maximum: Double
    /// Nats.
    package var entropy: Double
    /// Probability that the visible token is right, from the detector.
    package var correctness: Float
    /// Probability of the visible token; 0 for a mask.
    package var currentProbability: Double

    package init(
        index: Int,
        token: TokenID,
        probability: Double,
        maximum: Double? = nil,
        entropy: Double,
        correctness: Float = 1,
        currentProbability: Double = 0
    ) {
        self.index = index
        self.token = token
        self.probability = probability
        self.maximum = maximum ?? probability
        self.entropy = entropy
        self.correctness = correctness
        self.currentProbability = currentProbability
    }
}
