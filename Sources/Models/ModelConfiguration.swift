import Common
import Foundation

/// The shape of a native network, as `config.json` states it (Hugging Face key names).
package struct ModelConfiguration: Codable, Sendable, Hashable {
    package var modelType = "cinnabar"
    package var architectures = ["CinnabarForCausalLM"]
    package var vocabularySize: Int
    package var hiddenSize: Int
    package var layers: Int
    package var heads: Int
    package var keyValueHeads: Int
    package var headDimension: Int
    package var feedForwardSize: Int
    package var contextLength: Int
    package var ropeTheta: Double = 10_000
    package var normEpsilon: Float = 1e-6
    package var tiedEmbedding = true
    /// Nil for plain numbers.
    package var quantization: Quantization?
    /// What the family says; `config.json` of a native network has nothing of it.
    package var variant = NetworkVariant()
    /// As `config.json` has it: absent where there are no transition scores.
    private var storedTransitionRank: Int?

    package init(
        vocabularySize: Int,
        hiddenSize: Int,
        layers: Int,
        heads: Int,
        keyValueHeads: Int,
        headDimension: Int,
        feedForwardSize: Int,
        contextLength: Int
    ) {
        self.vocabularySize = vocabularySize
        self.hiddenSize = hiddenSize
        self.layers = layers
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.headDimension = headDimension
        self.feedForwardSize = feedForwardSize
        self.contextLength = contextLength
    }

    private enum CodingKeys: String, CodingKey {
        case modelType = "model_type"
        case architectures
        case vocabularySize = "vocab_size"
        case hiddenSize = "hidden_size"
        case layers = "num_hidden_layers"
        case heads = "num_attention_heads"
        case keyValueHeads = "num_key_value_heads"
        case headDimension = "head_dim"
        case feedForwardSize = "intermediate_size"
        case contextLength = "max_position_embeddings"
        case ropeTheta = "rope_theta"
        case normEpsilon = "rms_norm_eps"
        case tiedEmbedding = "tie_word_embeddings"
        case quantization = "quantization_config"
        case storedTransitionRank = "transition_rank"
    }

    /// Rank of the transition scores (``TransitionScores``); 0 for none.
    package var transitionRank: Int {
        get { storedTransitionRank ?? 0 }
        set { storedTransitionRank = newValue == 0 ? nil : newValue }
    }

    package var rotaryWidth: Int { variant.rotaryWidth ?? headDimension }
    package var queryWidth: Int { heads * headDimension }
    package var keyValueWidth: Int { keyValueHeads * headDimension }
    /// Width of a row of the fused query-key-value product.
    package var fusedWidth: Int { queryWidth + 2 * keyValueWidth }

    /// For people.
    package var summary: String {
        "\(layers) layers of \(hiddenSize), \(heads)/\(keyValueHeads) heads of \(headDimension), "
            + "feed-forward \(feedForwardSize), vocabulary \(vocabularySize), context \(contextLength)"
    }

    /// Most numbers in the table of rotations: a context costs memory and time that no weight accounts for.
    private static let largestRotaryTable = 1 << 26

    /// Positions for which a table of rotations is made.
    static func longestContext(rotaryWidth: Int) -> Int { largestRotaryTable / rotaryWidth }

    /// Refuses shapes that no network can have or that this build cannot run.
    ///
    /// - Parameter name: what states the shape, for the error.
    package func validate(name: String = "config.json") throws {
        func check(_ ok: Bool, _ message: String) throws {
            if !ok { throw CinnabarError(.malformed, "\(name): \(message)", hint: "is the file damaged?") }
        }
        try check((2...1 << 20).contains(vocabularySize), "vocab_size \(vocabularySize) is outside 2...1048576")
        try check((1...1 << 16).contains(hiddenSize), "hidden_size \(hiddenSize) is outside 1...65536")
        try check((1...1024).contains(layers), "num_hidden_layers \(layers) is outside 1...1024")
        try check((1...1024).contains(heads), "num_attention_heads \(heads) is outside 1...1024")
        try check(
            keyValueHeads >= 1 && keyValueHeads <= heads && heads % keyValueHeads == 0,
            "num_key_value_heads \(keyValueHeads) does not divide num_attention_heads \(heads)"
        )
        try check(
            (2...1024).contains(headDimension) && headDimension % 2 == 0,
            "head_dim \(headDimension) is not an even number in 2...1024"
        )
        try check((1...1 << 18).contains(feedForwardSize), "intermediate_size \(feedForwardSize) is outside 1...262144")
        try check(
            (1...1 << 20).contains(contextLength),
            "max_position_embeddings \(contextLength) is outside 1...1048576"
        )
        try check(
            contextLength * headDimension <= Self.largestRotaryTable,
            "max_position_embeddings \(contextLength) times head_dim \(headDimension) is above \(Self.largestRotaryTable)"
        )
        try check(ropeTheta > 0 && ropeTheta.isFinite, "rope_theta \(ropeTheta) is not positive")
        try check(normEpsilon > 0 && normEpsilon < 1, "rms_norm_eps \(normEpsilon) is outside (0, 1)")
        try check((0...4096).contains(transitionRank), "transition_rank \(transitionRank) is outside 0...4096")
        try variant.validate(self, check)
    }
}

extension NetworkVariant {
    fileprivate func validate(_ c: ModelConfiguration, _ check: (Bool, String) throws -> Void) throws {
        if let width = rotaryWidth {
            try check(
                (2...c.headDimension).contains(width) && width % 2 == 0,
                "\(width) rotary dimensions of a head of \(c.headDimension)"
            )
        }
        if case .blockCausal(let block) = attention {
            try check((1...1 << 16).contains(block), "block size \(block) is outside 1...65536")
        }
        guard let experts else { return }
        try check((1...1 << 16).contains(experts.experts), "\(experts.experts) experts are outside 1...65536")
        try check(
            (1...min(64, experts.experts)).contains(experts.chosen),
            "\(experts.chosen) of \(experts.experts) experts a token, expected 1...64"
        )
        try check((1...1 << 18).contains(experts.width), "experts of width \(experts.width) are outside 1...262144")
        try check((0...1 << 18).contains(experts.sharedWidth), "shared expert of width \(experts.sharedWidth)")
        try check(
            experts.groups >= 1 && experts.experts % experts.groups == 0
                && (1...experts.groups).contains(experts.chosenGroups)
                && experts.chosen <= experts.experts / experts.groups * experts.chosenGroups,
            "\(experts.chosenGroups) of \(experts.groups) groups do not fit \(experts.experts) experts"
        )
        if let pool = experts.pool {
            try check(
                (experts.chosen...experts.experts).contains(pool.experts),
                "expert_capacity \(pool.experts) is outside \(experts.chosen)...\(experts.experts)"
            )
            try check((1...1 << 16).contains(pool.block), "block_size \(pool.block) is outside 1...65536")
        }
        try check((0...c.layers).contains(experts.denseLayers), "\(experts.denseLayers) dense layers of \(c.layers)")
        try check(experts.scale.isFinite, "routed_scaling_factor \(experts.scale) is no number")
    }
}
