import Common

extension DecodingOptions {
    /// Refuses values outside their range, so that nothing behind this line has to.
    package func validate(vocabularySize: Int) throws {
        func check(_ ok: Bool, _ message: @autoclosure () -> String) throws {
            if !ok { throw CinnabarError(.invalidArgument, "decoding options: \(message())") }
        }
        func unit(_ value: Double, _ name: String) throws {
            try check((0...1).contains(value), "\(name) \(value) is outside 0...1")
        }
        try check((1...1 << 24).contains(vocabularySize), "vocabulary of \(vocabularySize) tokens")
        try check((1...1024).contains(canvasLength), "canvas_length \(canvasLength) is outside 1...1024")
        try check(gamma >= 0 && gamma.isFinite, "gamma \(gamma) is negative or not finite")
        try unit(tauMin, "tau_min")
        try unit(tauEdit, "tau_edit")
        try unit(tauG, "tau_g")
        try unit(tauEnd, "tau_end")
        try unit(draftFloor, "draft_floor")
        try unit(draftAcceptance, "draft_acceptance")
        try unit(tauRepeat, "tau_repeat")
        try unit(tolerance, "tolerance")
        try unit(tauClose, "tau_close")
        try unit(tauVeto, "tau_veto")
        let isExact = mode == .lossless || mode == .autoregressive
        try check(!isExact || tolerance == 1, "tolerance \(tolerance) of a mode that promises 1")
        try check(!isExact || tauClose == 1, "tau_close \(tauClose) of a mode that verifies every token")
        try check((0..<canvasLength).contains(lag), "lag \(lag) is outside 0..<\(canvasLength), the canvas length")
        try check((0...64).contains(settle), "settle \(settle) is outside 0...64")
        try check((0...1024).contains(maxEditSteps), "max_edit_steps \(maxEditSteps) is outside 0...1024")
        try check((0...64).contains(canvases), "canvases \(canvases) is outside 0...64")
        try check((0...1024).contains(draftLength), "draft_length \(draftLength) is outside 0...1024")
        try check((1...1 << 24).contains(maxTokens), "max_new_tokens \(maxTokens) is outside 1...16777216")
        try check((0...100).contains(temperature), "temperature \(temperature) is outside 0...100")
        try sampling.validate(vocabularySize: vocabularySize)
        try check((1...1 << 24).contains(prefillChunk), "prefill_chunk \(prefillChunk) is outside 1...16777216")
        let named =
            [("mask_token_id", maskToken)] + endTokens.map { ("eos_token_id", $0) }
            + suppressedTokens.map { ("suppress_tokens", $0) } + (padToken.map { [("pad_token_id", $0)] } ?? [])
        for (name, token) in named {
            try check(
                (0..<vocabularySize).contains(Int(token)),
                "\(name) \(token) is outside the vocabulary of \(vocabularySize)"
            )
        }
        try check(!isEnd(maskToken), "token \(maskToken) is both mask and end marker")
        let banned = Set(suppressedTokens + [maskToken] + (padToken.map { [$0] } ?? []))
        try check(
            banned.union(endTokens).count < vocabularySize,
            "all \(vocabularySize) tokens of the vocabulary are suppressed"
        )
    }
}
