/// The switches in which the blocks of the model families differ; the defaults are the native network's.
///
/// One dense block (pre-RMSNorm, rotary positions, grouped-query attention, SwiGLU) and one mixture of experts in place
/// of its feed-forward cover them all: a family is a setting of these (`Families`), not a copy of code.
package struct NetworkVariant: Codable, Sendable, Hashable {
    package var attention = AttentionRule.causal
    /// The logits that predict position i of a canvas stand in the row before it (an inheritance of autoregressive
    /// training); the first row of a canvas serves its first two positions.
    package var shiftsLogits = false
    /// Queries, keys and values have a bias.
    package var attentionBias = false
    /// Queries and keys are normed, head by head, before they are rotated.
    package var queryKeyNorm = true
    /// Dimensions of a head that are rotated, the first ones; nil for all.
    package var rotaryWidth: Int?
    package var rotaryScaling: RotaryScaling?
    package var queryScaling: QueryScaling?
    /// Canvas rows carry a learned vector and have a final norm of their own and a detector.
    package var canvasStream = true
    /// Nil for a dense network.
    package var experts: MixtureOfExperts?

    package init() {}
}

/// Which keys a token of the clean stream sees. A canvas sees all clean keys before its start and itself, whatever the rule.
package enum AttentionRule: Codable, Sendable, Hashable {
    /// Those up to its own.
    case causal
    /// Those up to the end of its block of so many positions, counted from position 0: what is committed are whole blocks.
    case blockCausal(Int)
    /// All that are committed with it or before. Text and canvas are one canvas; nothing is committed until the end.
    case full

    /// The number of keys, in order of position, that the clean token at `position` sees.
    ///
    /// - Parameter committed: clean tokens behind this forward.
    func visible(from position: Int, committed: Int, blockPhase: Int) -> Int {
        switch self {
        case .causal: position + 1
        case .blockCausal(let block): min(((position + blockPhase) / block + 1) * block - blockPhase, committed)
        case .full: committed
        }
    }
}

/// A feed-forward of which each token uses a few experts.
package struct MixtureOfExperts: Codable, Sendable, Hashable {
    /// How a router's logits become the weights of the chosen experts.
    package enum Router: String, Codable, Sendable {
        /// Softmax over all; the largest are taken as they are (LLaDA-MoE). A bias is added to the weights.
        case softmax
        /// The same, and the weights taken sum to 1 (Qwen3-MoE: SDAR-30B, RND1).
        case normalizedSoftmax = "normalized_softmax"
        /// Sigmoid; chosen by its sum with a bias, first the best groups by their two best experts, then experts of these; the
        /// weights are the sigmoids without the bias, to sum 1 (LLaDA2; DeepSeek-V3, section 2.1.2).
        case groupedSigmoid = "grouped_sigmoid"
    }

    package var router: Router
    package var experts: Int
    /// Experts that a token uses.
    package var chosen: Int
    /// Inner width of an expert.
    package var width: Int
    /// Inner width of the expert that all tokens use; 0 for none.
    package var sharedWidth = 0
    /// Groups of experts, and how many of them a token may use.
    package var groups = 1
    package var chosenGroups = 1
    /// Factor of the weights.
    package var scale: Float = 1
    /// The router has a bias.
    package var hasBias = false
    /// Experts that the tokens of a block share; nil where each chooses among all.
    package var pool: ExpertPool?
    /// First layers that are dense.
    package var denseLayers = 0

    package init(router: Router, experts: Int, chosen: Int, width: Int) {
        (self.router, self.experts, self.chosen, self.width) = (router, experts, chosen, width)
    }
}

/// The experts that the tokens of a block may choose among: those that any of its tokens wants most (LLaDA2.2). What a token
/// makes of itself depends on its block's other tokens then, also where attention would not let it.
package struct ExpertPool: Codable, Sendable, Hashable {
    package var experts: Int
    /// Positions that share them, counted as the blocks of attention are.
    package var block: Int

    package init(experts: Int, block: Int) { (self.experts, self.block) = (experts, block) }
}
