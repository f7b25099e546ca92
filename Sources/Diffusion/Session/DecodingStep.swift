package import Common

/// What one forward did. Positions are absolute; the prompt begins at 0.
package struct DecodingStep: Sendable, Hashable {
    package struct Write: Sendable, Hashable {
        package var position: Int
        package var token: TokenID
        /// Probability of the token when it was written.
        package var confidence: Float

        package init(position: Int, token: TokenID, confidence: Float) {
            self.position = position
            self.token = token
            self.confidence = confidence
        }
    }

    /// Forwards so far, this one included, as tokens per forward counts them.
    package var forwards: Int
    /// What was done from outside since the step before.
    package var interventions: [Intervention] = []
    package var unmasked: [Write] = []
    package var edited: [Write] = []
    package var remasked: [Int] = []
    /// Places taken out of the text, and such as got a mask before them; where they were before either, behind the writes.
    package var deleted: [Int] = []
    package var inserted: [Int] = []
    /// Tokens that became final, an end marker included.
    package var committed: [TokenID] = []
    /// Drafts that the verifier judged, and how many of them it accepted.
    package var drafts: [TokenID] = []
    package var accepted = 0
    /// The final text so far, without the prompt and without an end marker.
    package var text: [TokenID] = []
    /// What stands behind it after this step.
    package var canvas: Canvas
    /// On the last step, why the text ended.
    package var finish: FinishReason?
}

package enum FinishReason: String, Sendable, Codable, CaseIterable {
    /// An end marker.
    case stop
    /// As many tokens as were asked for.
    case length
    /// The context of the network is full.
    case contextLength = "context_length"
}

/// What a finished decode amounts to.
package struct DecodingResult: Sendable, Hashable {
    /// The output without the end marker.
    package var tokens: [TokenID]
    /// Network calls that evaluated a canvas or whose logits yielded an output token, the last prefill call included.
    package var forwards: Int
    package var finish: FinishReason
    /// Prompt tokens that were computed, not taken from a cache.
    package var prefillTokens: Int
    /// Wall time of the forwards up to and with the last prefill call, and of those behind it.
    package var prefillSeconds: Double
    package var decodeSeconds: Double

    /// TPF; tokens exclude the end marker.
    package var tokensPerForward: Double { Double(tokens.count) / Double(forwards) }
}
