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
        return try Session(self, prompt: tokens, decoding: decoding, options)
    }

    /// A continuation as the authors of another family decode.
    func generate(_ tokens: [TokenID], by settings: FamilySettings, _ options: GenerationOptions) throws -> Session {
        try checkLength(tokens)
        guard !settings.writesBlocks(options.mode) else {
            let denoising = try settings.denoising(options)
            guard denoising.isVariable else {
                return try Session(self, prompt: tokens, denoising: denoising, options)
            }
            // A text whose length is the network's choice lies between its two markers.
            let frame = settings.frame(tokenizer)
            let prompt = tokens.starts(with: frame.begin) ? tokens : frame.begin + tokens
            return try Session(self, prompt: prompt, suffix: frame.end, denoising: denoising, options)
        }
        let decoding = try settings.decoding(options)
        try decoding.validate(vocabularySize: network.vocabularySize)
        return try Session(self, prompt: tokens, decoding: decoding, options)
    }

    private func checkLength(_ prompt: [TokenID]) throws {
        guard prompt.count >= contextLength else { return }
        throw CinnabarError(
            .contextLength,
            "the prompt has \(prompt.count) tokens, the context \(contextLength)",
            hint: "shorten the prompt; a hole in a long file can be filled with infill, which trims"
        )
    }

    /// Fills the hole between two texts. The length is the model's choice: the text ends at its end marker. Models of other families
    /// do it where their attention is full: the hole has as many masks as tokens are asked for, or grows and shrinks where the
    /// model has learned that.
    ///
    /// Text that does not fit the context is trimmed to what is nearest the hole: about two thirds before it and one
    /// third behind it, in whole lines.
    public func infill(prefix: String, suffix: String, options: GenerationOptions = .init()) throws -> Session {
        if case .family(let family) = self.settings {
            return try infill(prefix: prefix, suffix: suffix, by: family, options)
        }
        let settings = try native
        let decoding = try infillDecoding(options)
        try decoding.validate(vocabularySize: network.vocabularySize)
        let window = try window(prefix, suffix, markers: 3, hole: min(decoding.maxTokens, contextLength / 2))
        let prompt =
            [settings.fimSuffix] + window.suffix + [settings.fimPrefix] + window.prefix + [settings.fimMiddle]
        return try Session(self, prompt: prompt, decoding: decoding, options, trimmed: window.trimmed)
    }

    /// A hole filled by full attention: all around it is given.
    private func infill(
        prefix: String,
        suffix: String,
        by settings: FamilySettings,
        _ options: GenerationOptions
    ) throws -> Session {
        guard settings.attention == .full else {
            throw CinnabarError(
                .unsupported,
                "a \(familyName) does not see what stands behind a hole",
                hint: "fill it with a native model or one with full attention, or continue a text with generate"
            )
        }
        var denoising = try settings.denoising(options)
        denoising.window = .whole
        let frame = settings.frame(tokenizer)
        let markers = frame.begin.count + frame.end.count
        let window = try window(prefix, suffix, markers: markers, hole: denoising.maxTokens)
        return try Session(
            self,
            prompt: frame.begin + window.prefix,
            suffix: window.suffix + frame.end,
            denoising: denoising,
            options,
            trimmed: window.trimmed
        )
    }

    /// As much of the text around a hole as the context has room for.
    private func window(_ prefix: String, _ suffix: String, markers: Int, hole: Int) throws -> ContextWindow {
        let room = contextLength - markers - hole
        guard room > 0 else {
            throw CinnabarError(
                .contextLength,
                "a context of \(contextLength) tokens has no room for a hole of \(hole) and its surroundings",
                hint: "ask for fewer tokens, or use a model with a longer context"
            )
        }
        return ContextWindow(prefix: prefix, suffix: suffix, budget: room, tokenizer: tokenizer)
    }

    /// What only a native model has.
    private var native: GenerationSettings {
        get throws {
            guard case .native(let settings) = settings else {
                throw CinnabarError(
                    .unsupported,
                    "these settings are of native models, this one is a \(familyName)",
                    hint: "use a native model"
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
