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
    /// Of a checkpoint that changes the length of its text.
    let lengthTokens: LengthTokens?
    /// Begins a text where the configuration names it.
    private let begin: TokenID?
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
        lengthTokens = try family.lengthMarkers?.tokens(files, configuration, tokenizer, end: self.ends.first)
        let bos = lengthTokens == nil ? nil : try files.compactMap { try $0.integer("bos_token_id") }.first
        begin = try bos.map(token)
        let keep = Set(ends + [lengthTokens?.delete, lengthTokens?.insert].compactMap(\.self))
        suppressed = tokenizer.addedTokens.filter { $0.isSpecial && !keep.contains($0.id) }.map(\.id)
    }

    /// Options of the loop that writes one token after the other, with repetitions as drafts in lossless mode.
    func decoding(_ options: GenerationOptions) throws -> DecodingOptions {
        guard !options.editing else { throw GenerationOptions.editsNothing(family.name) }
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
        if options.mode != .autoregressive || options.promptLookup {
            let hasCanvases = family.attention == .canvas && !options.promptLookup
            result.drafting = hasCanvases ? .canvasAndLookup : .promptLookup
        }
        result.maxTokens = options.maxTokens ?? 256
        result.temperature = options.temperature
        result.sampling = options.sampling
        result.seed = options.seed
        result.suppressedTokens = suppressed
        try result.apply(options.unmasking)
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
        // Under a constraint the length of a text is the constraint's to say.
        let lengthTokens = options.constraint == nil ? lengthTokens : nil
        var result = try DenoisingOptions(
            family,
            attention: attention,
            isFast: options.mode == .speed,
            isEditing: options.editing,
            lengthTokens: lengthTokens,
            maxTokens: options.maxTokens ?? 128,
            maskToken: mask
        )
        if case .tokens(let length) = options.canvas, !result.isVariable {
            // A block-causal network has the blocks that it was trained with.
            if !isBlockGiven { result.blockLength = length }
        }
        try result.apply(options.unmasking, isBlockGiven: isBlockGiven)
        result.temperature = options.temperature
        result.sampling = options.sampling
        result.seed = options.seed
        result.endTokens = ends.filter { $0 != lengthTokens?.delete && $0 != lengthTokens?.insert }
        result.suppressedTokens = suppressed
        if options.constraint != nil { result.rule.editThreshold = nil }
        return result
    }

    /// The network sees the blocks that it was trained with, and no others.
    private var isBlockGiven: Bool {
        if case .blockCausal = attention { true } else { false }
    }

    /// What stands around the text of a hole, or of one that ends where its length is its own choice.
    func frame(_ tokenizer: Tokenizer) -> (begin: [TokenID], end: [TokenID]) {
        guard let lengthTokens, attention == .full else {
            return (tokenizer.encode("", addingSpecialTokens: true), [])
        }
        return (begin.map { [$0] } ?? [], [lengthTokens.delete])
    }

    var isCausal: Bool { attention == .causal }

    /// Whether a text of this mode is written block by block rather than by the causal stream.
    func writesBlocks(_ mode: Mode) -> Bool {
        guard isCausal else { return true }
        return (family.attention == .canvas || family.attention == .reordered) && (mode == .quality || mode == .speed)
    }
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

extension Family.LengthMarkers {
    /// Nil for a checkpoint without.
    ///
    /// - Throws: for one that has only one of them, or tokens outside the vocabulary.
    fileprivate func tokens(
        _ files: [ConfigurationFile],
        _ configuration: ModelConfiguration,
        _ tokenizer: Tokenizer,
        end: TokenID?
    ) throws -> LengthTokens? {
        func id(_ marker: Marker) throws -> TokenID? {
            if let stated = try files.compactMap({ try $0.integer(marker.key) }).first {
                guard (0..<configuration.vocabularySize).contains(stated) else {
                    throw CinnabarError(
                        .malformed,
                        "\(files[0].label): '\(marker.key)' is \(stated), the vocabulary has \(configuration.vocabularySize)"
                    )
                }
                return TokenID(stated)
            }
            if let named = marker.text.flatMap({ tokenizer.id(of: $0) }) { return named }
            guard let sign, files[0][sign] != nil, let id = marker.id, id < configuration.vocabularySize else {
                return nil
            }
            return TokenID(id)
        }
        let tokens = (insert: try id(insert), delete: try delete.map(id) ?? end)
        guard let insert = tokens.insert else { return nil }
        guard let delete = tokens.delete, insert != delete else {
            throw CinnabarError(
                .malformed,
                "\(files[0].label) names the token \(insert) that makes a text longer, and none that makes it shorter",
                hint: delete.map { "it is '\($0.key)'" } ?? "it is 'eos_token_id'"
            )
        }
        return LengthTokens(delete: delete, insert: insert)
    }
}
