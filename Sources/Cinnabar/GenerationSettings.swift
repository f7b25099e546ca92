import Checkpoints
import Common
import Diffusion
import Foundation
import Models
import Tokenizers

/// A model's decoding defaults, from `generation_config.json`.
struct GenerationSettings: Sendable {
    /// Special tokens by role.
    let bos, eos, eom, mask, pad, fimPrefix, fimSuffix, fimMiddle: TokenID
    private let suppressed: [TokenID]
    /// The defaults of each mode: those of the mode, and what the file's decoding section says otherwise.
    private let modes: [DecodingMode: DecodingOptions]

    private struct File: Decodable {
        /// Overrides of the defaults by mode.
        var decoding: [String: Override]?

        struct Override: Decodable {
            var values: [String: JSONNumber]

            init(from decoder: any Decoder) throws {
                values = try decoder.singleValueContainer().decode([String: JSONNumber].self)
            }
        }
    }

    /// A number of a settings file.
    private struct JSONNumber: Codable {
        var value: Double
        init(from decoder: any Decoder) throws { value = try decoder.singleValueContainer().decode(Double.self) }
        func encode(to encoder: any Encoder) throws {
            var box = encoder.singleValueContainer()
            if let whole = Int(exactly: value) { try box.encode(whole) } else { try box.encode(value) }
        }
    }

    init(_ folder: ModelFolder, tokenizer: Tokenizer) throws {
        func id(_ token: SpecialToken) throws -> TokenID {
            guard let id = tokenizer.id(of: token) else {
                throw CinnabarError(
                    .unsupported,
                    "tokenizer.json has no token \(token.text)",
                    hint: "the native network needs its own vocabulary"
                )
            }
            return id
        }
        (bos, eos, eom) = (try id(.bos), try id(.eos), try id(.eom))
        (mask, pad) = (try id(.mask), try id(.pad))
        (fimPrefix, fimSuffix, fimMiddle) = (try id(.fimPrefix), try id(.fimSuffix), try id(.fimMiddle))
        let others: Set<TokenID> = [eos, eom, pad]
        suppressed = tokenizer.addedTokens.map(\.id).filter { !others.contains($0) }
        let file = folder.generationConfig == nil ? nil : try folder.decode(File.self, from: "generation_config.json")
        var modes: [DecodingMode: DecodingOptions] = [:]
        for mode in DecodingMode.allCases {
            var values = file?.decoding?[mode.rawValue]?.values ?? [:]
            values["mask_token_id"] = nil
            let encoded = try JSONEncoder().encode(values)
            var object = (try JSONSerialization.jsonObject(with: encoded) as? [String: Any]) ?? [:]
            object["mode"] = mode.rawValue
            object["mask_token_id"] = Int(mask)
            object["pad_token_id"] = Int(pad)
            do {
                let data = try JSONSerialization.data(withJSONObject: object)
                let options = try JSONDecoder().decode(DecodingOptions.self, from: data)
                try options.validate(vocabularySize: tokenizer.vocabularySize)
                modes[mode] = options
            } catch {
                throw CinnabarError(
                    .malformed,
                    "generation_config.json: the settings of mode '\(mode.rawValue)' are not usable",
                    cause: error
                )
            }
        }
        self.modes = modes
    }

    /// Options of the decode loop for a request; `ends` are the markers that end the text.
    func decoding(_ options: GenerationOptions, ends: [TokenID], defaultTokens: Int) throws -> DecodingOptions {
        guard !options.editing else { throw GenerationOptions.editsNothing("a native model") }
        guard let mode = DecodingMode(rawValue: options.mode.rawValue), var result = modes[mode] else {
            throw CinnabarError(.invalidArgument, "mode '\(options.mode.rawValue)' is unknown")
        }
        result.maxTokens = options.maxTokens ?? defaultTokens
        result.temperature = options.temperature
        result.sampling = options.sampling
        result.seed = options.seed
        result.endTokens = ends
        result.suppressedTokens = (suppressed + [eos, eom]).filter { !ends.contains($0) }
        if options.promptLookup, result.isVerified { result.drafting = .promptLookup }
        try result.apply(options.unmasking)
        return result
    }
}
