import Common
import Diffusion
import Foundation
import Models
import Tokenizers

extension Model {
    /// Continues a text.
    ///
    /// - Throws: `contextLength` if the prompt leaves no room, `invalidArgument` for options outside their range.
    public func generate(_ prompt: String, options: GenerationOptions = .init()) throws -> Session {
        let settings: GenerationSettings
        switch self.settings {
        case .native(let native): settings = native
        case .family(let family):
            return try generate(tokenizer.encode(prompt, addingSpecialTokens: true), by: family, options)
        }
        let decoding = try sized(settings.decoding(options, ends: [settings.eos], defaultTokens: 256), options.canvas)
        try decoding.validate(vocabularySize: network.vocabularySize)
        let tokens = [settings.bos] + tokenizer.encode(prompt)
        try checkLength(tokens)
        return try Session(self, prompt: tokens, decoding: decoding)
    }

    /// A continuation as the authors of another family decode.
    func generate(_ tokens: [TokenID], by settings: FamilySettings, _ options: GenerationOptions) throws -> Session {
        try checkLength(tokens)
        guard settings.isCausal else {
            return try Session(self, prompt: tokens, denoising: settings.denoising(options))
        }
        let decoding = try settings.decoding(options)
        try decoding.validate(vocabularySize: network.vocabularySize)
        return try Session(self, prompt: tokens, decoding: decoding)
    }

    private func checkLength(_ prompt: [TokenID]) throws {
        guard prompt.count >= contextLength else { return }
        throw CinnabarError(
            .contextLength,
            "the prompt has \(prompt.count) tokens, the context \(contextLength)",
            hint: "shorten the prompt; a hole in a long file can be filled with infill, which trims"
        )
    }

    /// Fills the hole between two texts. The length is the model's choice: the text ends at its end marker.
    ///
    /// Text that does not fit the context is trimmed to what is nearest the hole: about two thirds before it and one
    /// third behind it, in whole lines.
    public func infill(prefix: String, suffix: String, options: GenerationOptions = .init()) throws -> Session {
        let settings = try native
        let decoding = try infillDecoding(options)
        try decoding.validate(vocabularySize: network.vocabularySize)
        let markers = 3
        let room = contextLength - markers - min(decoding.maxTokens, contextLength / 2)
        guard room > 0 else {
            throw CinnabarError(
                .contextLength,
                "a context of \(contextLength) tokens has no room for a hole and its surroundings",
                hint: "use a model with a longer context"
            )
        }
        let window = ContextWindow(prefix: prefix, suffix: suffix, budget: room, tokenizer: tokenizer)
        let prompt =
            [settings.fimSuffix] + window.suffix + [settings.fimPrefix] + window.prefix + [settings.fimMiddle]
        return try Session(self, prompt: prompt, decoding: decoding, trimmed: window.trimmed)
    }

    /// What only a native model has.
    private var native: GenerationSettings {
        get throws {
            guard case .native(let settings) = settings else {
                throw CinnabarError(
                    .unsupported,
                    "holes are filled by native models only, this one is a \(familyName)",
                    hint: "continue a text with generate"
                )
            }
            return settings
        }
    }

    func infillDecoding(_ options: GenerationOptions) throws -> DecodingOptions {
        let settings = try native
        return try sized(
            settings.decoding(options, ends: [settings.eom, settings.eos], defaultTokens: 128),
            options.canvas
        )
    }

    /// Writes a text again from what ``Session/trace()`` recorded, without the network; checks every step.
    ///
    /// - Throws: `malformed`, with the number of the step, if the trace contradicts itself.
    public func replay(trace: String) throws -> String {
        tokenizer.decode(try Trace(jsonLines: Data(trace.utf8)).replay().tokens)
    }
}
