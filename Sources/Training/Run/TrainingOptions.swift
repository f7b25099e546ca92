package import Models

/// Everything that decides a run's result, besides the corpus. Stored in the run folder.
package struct TrainingOptions: Codable, Sendable, Hashable {
    package var model: ModelConfiguration
    package var phases: [TrainingPhase]
    package var optimiser = OptimiserOptions()
    /// Seconds that the run may take; turned into steps once.
    package var allowance: Double
    /// Clean tokens of one step.
    package var tokensPerStep = 8192
    /// Last share of the steps over which the learning rates fall to a twentieth; 0 keeps them up, for a run that later
    /// legs start from.
    package var decay = 0.4
    package var fillInTheMiddle = 0.7
    package var seed: UInt64 = 1
    /// Gradients are summed in this many parts, each by one thread in a fixed order: the result does not depend on the
    /// number of threads.
    package var shards = 4
    package var usesBF16 = true
    /// Rank of the transition scores that a network gets when a phase trains them and it has none.
    package var transitionRank = 32

    package init(model: ModelConfiguration, phases: [TrainingPhase], allowance: Double) {
        self.model = model
        self.phases = phases
        self.allowance = allowance
    }

    var trainsTransitions: Bool { phases.contains { $0.weights.transition > 0 } }
}
