/// What shapes the choice of a token beside the temperature. The defaults change nothing.
///
/// The row of logits is shifted by bias and penalties first; what is left is divided by the temperature, and only then cut down to
/// the best `topK`, to the nucleus `topP` of those, and to what `minP` leaves (the order of Hugging Face's `generate`).
/// At temperature 0 the best token is taken, so that cutting down changes nothing.
public struct Sampling: Sendable, Hashable, Codable {
    /// Only so many of the most probable tokens may be drawn (those as probable as the last of them too); nil for all.
    public var topK: Int?
    /// Only the most probable tokens that together have this probability, 0...1 (Holtzman et al., "The curious case of neural text
    /// degeneration", 2020).
    public var topP = 1.0
    /// Only tokens at least this share as probable as the best one, 0...1 (Nguyen et al., "Turning up the heat: min-p
    /// sampling", 2024).
    public var minP = 0.0
    /// Taken off the logits of tokens that the text has already, -2...2; of the second once for each time.
    public var presencePenalty = 0.0
    public var frequencyPenalty = 0.0
    /// Divides positive logits, and multiplies negative ones, of tokens that text or prompt have already; 0.01...100, 1 for none
    /// (Keskar et al., "CTRL", 2019, section 4.1).
    public var repetitionPenalty = 1.0
    /// Added to the logits of tokens, -100...100.
    public var logitBias: [Int: Double] = [:]

    public init() {}

    /// Hugging Face's and OpenAI's names.
    private enum CodingKeys: String, CodingKey {
        case topK = "top_k"
        case topP = "top_p"
        case minP = "min_p"
        case presencePenalty = "presence_penalty"
        case frequencyPenalty = "frequency_penalty"
        case repetitionPenalty = "repetition_penalty"
        case logitBias = "logit_bias"
    }

    /// Whether a row is cut down, at a temperature above 0.
    package var narrows: Bool { topK != nil || topP < 1 || minP > 0 }
    /// Whether it matters what was written.
    package var penalizes: Bool { presencePenalty != 0 || frequencyPenalty != 0 || repetitionPenalty != 1 }

    /// - Throws: `invalidArgument` that names the value outside its range.
    package func validate(vocabularySize: Int) throws {
        func check(_ ok: Bool, _ message: @autoclosure () -> String) throws {
            if !ok { throw CinnabarError(.invalidArgument, "sampling: \(message())") }
        }
        try check((topK ?? 1) >= 1, "top_k \(topK ?? 1) is below 1")
        try check((0...1).contains(topP), "top_p \(topP) is outside 0...1")
        try check((0...1).contains(minP), "min_p \(minP) is outside 0...1")
        try check((-2...2).contains(presencePenalty), "presence_penalty \(presencePenalty) is outside -2...2")
        try check((-2...2).contains(frequencyPenalty), "frequency_penalty \(frequencyPenalty) is outside -2...2")
        try check(
            (0.01...100).contains(repetitionPenalty),
            "repetition_penalty \(repetitionPenalty) is outside 0.01...100"
        )
        for (token, bias) in logitBias {
            try check((-100...100).contains(bias), "logit_bias \(bias) of token \(token) is outside -100...100")
            try check(
                (0..<vocabularySize).contains(token),
                "logit_bias names the token \(token), the vocabulary has \(vocabularySize)"
            )
        }
    }
}
