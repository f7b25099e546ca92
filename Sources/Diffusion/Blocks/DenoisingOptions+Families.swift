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
        speed: DenoisingRule(.threshold(0.9))
    )

    private static func dynamic(_ threshold: Double, block: Int) -> Defaults {
        Defaults(
            window: .blocks,
            block: block,
            quality: { DenoisingRule(.thresholdOrScheduled(threshold, .evenOnBlock(steps: $0))) },
            speed: DenoisingRule(.threshold(0.85))
        )
    }

    private static let defaults: [String: Defaults] = [
        "LLaDA": lowConfidence(.whole, block: 32),
        "iLLaDA": lowConfidence(.growing, block: 32),
        "LLaDA-MoE": lowConfidence(.whole, block: 64),
        "Tiny-A2D (Qwen3)": lowConfidence(.whole, block: 32),
        "Tiny-A2D (Qwen2)": lowConfidence(.whole, block: 32),
        "Stable-DiffCoder": lowConfidence(.blocks, block: 4),
        "Dream": dream,
        "Open-dCoder": dream,
        "RND1": dream,
        "SDAR": dynamic(0.9, block: 4),
        "SDAR-MoE": dynamic(0.9, block: 4),
        "LLaDA2": dynamic(0.95, block: 32),
        "Fast-dLLM v2": Defaults(
            window: .blocks,
            block: 32,
            quality: { _ in DenoisingRule(.threshold(1)) },
            speed: DenoisingRule(.threshold(0.9)),
            subBlock: 8
        ),
    ]

    /// - Parameters:
    ///   - attention: of the checkpoint: where it is block-causal its block decides.
    ///   - isFast: for speed rather than quality.
    /// - Throws: for a family that only decodes autoregressively.
    package init(
        _ family: Family,
        attention: AttentionRule,
        isFast: Bool,
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
        self.init(
            rule: isFast ? row.speed : row.quality(length),
            window: window,
            blockLength: length,
            maxTokens: maxTokens,
            maskToken: maskToken
        )
        subBlockLength = row.subBlock.map { length % $0 == 0 ? $0 : length }
    }
}
