import Common

/// The keys of `generation_config.json`, Hugging Face's names where there are such. Keys that are missing keep the
/// mode's default; a missing mode is `quality`.
extension DecodingOptions: Codable {
    private enum Key: String, CodingKey {
        case mode, drafting
        case canvasLength = "canvas_length"
        case window, gamma
        case tauMin = "tau_min"
        case tauEdit = "tau_edit"
        case tauG = "tau_g"
        case tauEnd = "tau_end"
        case lag, settle
        case maxEditSteps = "max_edit_steps"
        case repetitionGuard = "repetition_guard"
        case canvases
        case draftLength = "draft_length"
        case draftFloor = "draft_floor"
        case draftAcceptance = "draft_acceptance"
        case tauRepeat = "tau_repeat"
        case tolerance
        case tauClose = "tau_close"
        case tauVeto = "tau_veto"
        case maxTokens = "max_new_tokens"
        case temperature, sampling, seed
        case prefillChunk = "prefill_chunk"
        case maskToken = "mask_token_id"
        case padToken = "pad_token_id"
        case endTokens = "eos_token_id"
        case suppressedTokens = "suppress_tokens"
    }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        func read<Value: Decodable>(_ key: Key, into value: inout Value) throws {
            if let found = try box.decodeIfPresent(Value.self, forKey: key) { value = found }
        }
        self.init(
            try box.decodeIfPresent(DecodingMode.self, forKey: .mode) ?? .quality,
            maskToken: try box.decode(TokenID.self, forKey: .maskToken),
            padToken: try box.decodeIfPresent(TokenID.self, forKey: .padToken)
        )
        try read(.drafting, into: &drafting)
        try read(.canvasLength, into: &canvasLength)
        try read(.window, into: &window)
        try read(.gamma, into: &gamma)
        try read(.tauMin, into: &tauMin)
        try read(.tauEdit, into: &tauEdit)
        try read(.tauG, into: &tauG)
        try read(.tauEnd, into: &tauEnd)
        try read(.lag, into: &lag)
        try read(.settle, into: &settle)
        try read(.maxEditSteps, into: &maxEditSteps)
        try read(.repetitionGuard, into: &repetitionGuard)
        try read(.canvases, into: &canvases)
        try read(.draftLength, into: &draftLength)
        try read(.draftFloor, into: &draftFloor)
        try read(.draftAcceptance, into: &draftAcceptance)
        try read(.tauRepeat, into: &tauRepeat)
        try read(.tolerance, into: &tolerance)
        try read(.tauClose, into: &tauClose)
        try read(.tauVeto, into: &tauVeto)
        try read(.maxTokens, into: &maxTokens)
        try read(.temperature, into: &temperature)
        try read(.sampling, into: &sampling)
        try read(.seed, into: &seed)
        try read(.prefillChunk, into: &prefillChunk)
        try read(.suppressedTokens, into: &suppressedTokens)
        // Hugging Face writes one marker as a number, several as a list.
        if let single = try? box.decodeIfPresent(TokenID.self, forKey: .endTokens) {
            endTokens = [single]
        } else {
            try read(.endTokens, into: &endTokens)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(mode, forKey: .mode)
        try box.encode(drafting, forKey: .drafting)
        try box.encode(canvasLength, forKey: .canvasLength)
        try box.encode(window, forKey: .window)
        try box.encode(gamma, forKey: .gamma)
        try box.encode(tauMin, forKey: .tauMin)
        try box.encode(tauEdit, forKey: .tauEdit)
        try box.encode(tauG, forKey: .tauG)
        try box.encode(tauEnd, forKey: .tauEnd)
        try box.encode(lag, forKey: .lag)
        try box.encode(settle, forKey: .settle)
        try box.encode(maxEditSteps, forKey: .maxEditSteps)
        try box.encode(repetitionGuard, forKey: .repetitionGuard)
        try box.encode(canvases, forKey: .canvases)
        try box.encode(draftLength, forKey: .draftLength)
        try box.encode(draftFloor, forKey: .draftFloor)
        try box.encode(draftAcceptance, forKey: .draftAcceptance)
        try box.encode(tauRepeat, forKey: .tauRepeat)
        try box.encode(tolerance, forKey: .tolerance)
        try box.encode(tauClose, forKey: .tauClose)
        try box.encode(tauVeto, forKey: .tauVeto)
        try box.encode(maxTokens, forKey: .maxTokens)
        try box.encode(temperature, forKey: .temperature)
        if sampling != Sampling() { try box.encode(sampling, forKey: .sampling) }
        try box.encode(seed, forKey: .seed)
        try box.encode(prefillChunk, forKey: .prefillChunk)
        try box.encode(maskToken, forKey: .maskToken)
        try box.encodeIfPresent(padToken, forKey: .padToken)
        try box.encode(endTokens, forKey: .endTokens)
        try box.encode(suppressedTokens, forKey: .suppressedTokens)
    }
}
