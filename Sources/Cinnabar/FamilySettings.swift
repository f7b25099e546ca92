import Checkpoints
import Common
import Diffusion
import Foundation
import Models
import Tokenizers

/// How a model of another family decodes: its special tokens, and its authors' defaults.
struct FamilySettings: Sendable {
    let family: Family
    let attention: AttentionRule
    /// Nil where neither configuration nor family nor vocabulary has one.
    let mask: TokenID?
    let ends: [TokenID]
    private let suppressed: [TokenID]

    /// Texts by which mask tokens go in vocabularies, where no configuration names one.
    private static let maskTexts = ["<|mask|>", "<|MASK|>", "<|mdm_mask|>", "<[MASK]>", "[MASK]", "<M>", "<mask>"]

    /// - Parameters:
    ///   - file: the model's configuration as stated.
    ///   - generation: `generation_config.json`, if there is one.
    init(
        _ family: Family,
        _ configuration: ModelConfiguration,
        stated file: ConfigurationFile,
        generation: ConfigurationFile?,
        tokenizer: Tokenizer
    ) throws {
        self.family = family
        attention = configuration.variant.attention
        func token(_ id: Int) throws -> TokenID {
            guard (0..<configuration.vocabularySize).contains(id) else {
                throw CinnabarError(
                    .malformed,
                    "\(file.label) names the token \(id), its vocabulary has \(configuration.vocabularySize)",
                    hint: "config.json and generation_config.json may belong to different models"
                )
            }
            return TokenID(id)
        }
        let named = Self.maskTexts.lazy.compactMap { tokenizer.id(of: $0) }.first
        let stated = try file.integer("mask_token_id").map(token)
        // A released id means nothing in a vocabulary that is smaller.
        let released = family.maskToken.flatMap { $0 < configuration.vocabularySize ? TokenID($0) : nil }
        mask = stated ?? named ?? released
        let files = [file] + (generation.map { [$0] } ?? [])
        let ends = try files.flatMap { try $0.integers("eos_token_id") }.map(token)
        let mask = mask
        self.ends = ends.enumerated().filter { ends[..<$0].firstIndex(of: $1) == nil && $1 != mask }.map(\.element)
        let keep = Set(ends)
        suppressed = tokenizer.addedTokens.filter { $0.isSpecial && !keep.contains($0.id) }.map(\.id)
    }

    /// Options of the loop that writes one token after the other, with repetitions as drafts in lossless mode.
    func decoding(_ options: GenerationOptions) throws -> DecodingOptions {
        guard isCausal else {
            throw CinnabarError(
                .invalidArgument,
                "\(family.name) has no causal stream, mode '\(options.mode.rawValue)' needs one",
                hint: "use --mode quality or speed"
            )
        }
        // It is never written, so that any other control token will do.
        guard let mask = mask ?? suppressed.first else {
            throw CinnabarError(.unsupported, "the vocabulary has no control token besides its end markers")
        }
        var result = DecodingOptions(
            options.mode == .autoregressive ? .autoregressive : .lossless,
            maskToken: mask,
            endTokens: ends
        )
        if options.mode != .autoregressive || options.promptLookup { result.drafting = .promptLookup }
        result.maxTokens = options.maxTokens ?? 256
        result.temperature = options.temperature
        result.seed = options.seed
        result.suppressedTokens = suppressed
        return result
    }

    /// Options of the loop that writes blocks.
    func denoising(_ options: GenerationOptions) throws -> DenoisingOptions {
        guard let mask else {
            throw CinnabarError(
                .unsupported,
                "no mask token is known for this \(family.name)",
                hint: "put 'mask_token_id' into its config.json"
            )
        }
        guard options.mode == .quality || options.mode == .speed else {
            throw CinnabarError(
                .invalidArgument,
                "\(family.name) has no causal stream, mode '\(options.mode.rawValue)' needs one",
                hint: "use --mode quality or speed"
            )
        }
        var result = try DenoisingOptions(
            family,
            attention: attention,
            isFast: options.mode == .speed,
            maxTokens: options.maxTokens ?? 128,
            maskToken: mask
        )
        if case .tokens(let length) = options.canvas, !result.commitsBlocks { result.blockLength = length }
        result.temperature = options.temperature
        result.seed = options.seed
        result.endTokens = ends
        result.suppressedTokens = suppressed
        return result
    }

    var isCausal: Bool { attention == .causal }
}

extension ConfigurationFile {
    /// Hugging Face writes one marker as a number, several as a list.
    fileprivate func integers(_ key: String) throws -> [Int] {
        guard case .list(let list) = self[key] else { return try integer(key).map { [$0] } ?? [] }
        return try list.map {
            guard case .number(let number) = $0, let id = Int(exactly: number) else {
                throw CinnabarError(.malformed, "\(label): '\(key)' is \(list), expected whole numbers")
            }
            return id
        }
    }
}
