package import Common
package import Models

/// How the authors of a family decode, by ``Family/name``: their defaults for quality, a threshold for speed.
extension DenoisingOptions {
    private struct Defaults {
        let window: Window
        /// Nil for one block of the whole text.
        let block: Int?
        let quality: @Sendable (_ block: Int) -> DenoisingRule
        let speed: DenoisingRule
        var subBlock: Int?
        var seeds = false
        /// For checkpoints whose written tokens are looked at again.
        var editing: (quality: DenoisingRule, speed: DenoisingRule)?
        /// For checkpoints that change the length of their text, if that is no rule of its own.
        var variable: (quality: DenoisingRule, speed: DenoisingRule)?
    }

    /// LLaDA2.1's joint threshold (algorithms.md B9).
    private static func joint(_ threshold: Double, _ edit: Double) -> DenoisingRule {
        var rule = DenoisingRule(.threshold(threshold))
        rule.editThreshold = edit
        return rule
    }

    private static func lowConfidence(_ window: Window, block: Int) -> Defaults {
        Defaults(
            window: window,
            block: block,
            quality: { DenoisingRule(.scheduled(.even(steps: $0))) },
            speed: DenoisingRule(.threshold(0.9))
        )
    }

    private static let dream = Defaults(
        window: .whole,
        block: nil,
        quality: { DenoisingRule(.scheduled(.timeSteps(steps: $0, epsilon: 1e-3)), score: .entropy) },
        speed: DenoisingRule(.threshold(0.9)),
        variable: (DenoisingRule(.surest(1), score: .entropy), DenoisingRule(.threshold(0.9)))
    )

    private static func dynamic(_ threshold: Double, block: Int) -> Defaults {
        Defaults(
            window: .blocks,
            block: block,
            quality: { DenoisingRule(.thresholdOrScheduled(threshold, .evenOnBlock(steps: $0))) },
            speed: DenoisingRule(.threshold(0.85))
        )
    }

    private static let llada2: Defaults = {
        var row = dynamic(0.95, block: 32)
        row.editing = (joint(0.7, 0.5), joint(0.5, 0))
        return row
    }()

    private static let defaults: [String: Defaults] = [
        "LLaDA": lowConfidence(.whole, block: 32),
        "iLLaDA": lowConfidence(.growing, block: 32),
        "LLaDA-MoE": lowConfidence(.whole, block: 64),
        "Tiny-A2D (Qwen3)": lowConfidence(.whole, block: 32),
        "Tiny-A2D (Qwen2)": lowConfidence(.whole, block: 32),
        "Stable-DiffCoder": lowConfidence(.blocks, block: 4),
        "Dream": dream,
        "Open-dCoder": dream,
        "RND1": Defaults(
            window: .whole,
            block: nil,
            quality: { DenoisingRule(.scheduled(.remainder(steps: $0)), score: .entropy) },
            speed: DenoisingRule(.threshold(0.9))
        ),
        "SDAR": dynamic(0.9, block: 4),
        "SDAR-MoE": dynamic(0.9, block: 4),
        "LLaDA2": llada2,
        "Fast-dLLM v2": Defaults(
            window: .blocks,
            block: 32,
            quality: { _ in DenoisingRule(.threshold(1)) },
            speed: DenoisingRule(.threshold(0.9)),
            subBlock: 8,
            seeds: true
        ),
        "Nemotron-Labs-Diffusion": Defaults(
            window: .blocksBehindPrompt,
            block: 32,
            quality: { DenoisingRule(.scheduled(.even(steps: $0))) },
            speed: DenoisingRule(.threshold(0.9)),
            seeds: true
        ),
        // 0.4 is their library's default, 0.6 their examples'.
        "WeDLM": Defaults(
            window: .sliding,
            block: 16,
            quality: { _ in DenoisingRule(.entropyBelow(0.4, penalty: DenoisingRule.placePenalty)) },
            speed: DenoisingRule(.entropyBelow(0.6, penalty: DenoisingRule.placePenalty))
        ),
    ]

    /// - Parameters:
    ///   - attention: of the checkpoint: where it is block-causal its block decides.
    ///   - isFast: for speed rather than quality.
    ///   - isEditing: what was written is looked at again, which only some checkpoints of a family have learned.
    ///   - lengthTokens: of a checkpoint that has them.
    /// - Throws: for a family that only decodes autoregressively, and for editing where it does not.
    package init(
        _ family: Family,
        attention: AttentionRule,
        isFast: Bool,
        isEditing: Bool = false,
        lengthTokens: LengthTokens? = nil,
        maxTokens: Int,
        maskToken: TokenID
    ) throws {
        guard let row = Self.defaults[family.name] else {
            throw CinnabarError(
                .unsupported,
                "\(family.name) writes one token after the other",
                hint: "use --mode autoregressive"
            )
        }
        var length = row.block ?? maxTokens
        var window = row.window
        if case .blockCausal(let block) = attention {
            length = block
            if !(window == .blocks) { window = .blocksBehindPrompt }
        }
        let other = lengthTokens != nil ? row.variable ?? row.editing : isEditing ? row.editing : nil
        guard other != nil || !isEditing && lengthTokens == nil else {
            throw CinnabarError(
                .invalidArgument,
                "\(family.name) does not edit what it has written",
                hint: "leave editing off"
            )
        }
        if lengthTokens != nil, window == .whole { length = maxTokens }
        self.init(
            rule: other.map { isFast ? $0.speed : $0.quality } ?? (isFast ? row.speed : row.quality(length)),
            window: window,
            blockLength: length,
            maxTokens: maxTokens,
            maskToken: maskToken
        )
        self.lengthTokens = lengthTokens
        subBlockLength = row.subBlock.map { length % $0 == 0 ? $0 : length }
        seedsBlocks = row.seeds
    }
}
