/// One mode over all tasks.
package struct ModeSummary: Sendable, Codable, Hashable {
    package var name: String
    package var settings: [String: String]

    /// Tasks whose program passes with the one text generated (pass@1).
    package var passAt1: Rate
    package var exact: Rate
    package var exactTrimmed: Rate
    package var parse: Rate
    /// Mean over tasks.
    package var editSimilarity: Double

    /// Output tokens without end markers, and forwards, over all tasks.
    package var tokens: Int
    package var forwards: Int
    /// Sum of tokens / sum of forwards; nil without forwards.
    package var tokensPerForward: Double?
    /// Sum of tokens / sum of decode seconds; nil when no time was measured.
    package var decodeTokensPerSecond: Double?
    /// Sum of tokens / sum of prefill and decode seconds; nil when no time was measured.
    package var endToEndTokensPerSecond: Double?
    /// UTF-8 bytes of output / sum of prefill and decode seconds, which does not depend on the tokenizer.
    package var endToEndBytesPerSecond: Double?
    /// Seconds to the first token, over the tasks that measured it.
    package var firstToken: Distribution?
    /// Seconds from request to last token.
    package var latency: Distribution?

    /// How often each reason or outcome occurs.
    package var finishReasons: [String: Int]
    package var outcomes: [String: Int]

    package init(name: String, settings: [String: String], rows: [TaskRow]) {
        self.name = name
        self.settings = settings
        passAt1 = Rate(rows.map(\.passed))
        exact = Rate(rows.map(\.exact))
        exactTrimmed = Rate(rows.map(\.exactTrimmed))
        parse = Rate(rows.map(\.parsed))
        editSimilarity = rows.isEmpty ? 0 : rows.reduce(0) { $0 + $1.editSimilarity } / Double(rows.count)
        let texts = rows.map(\.generated)
        tokens = texts.reduce(0) { $0 + $1.tokens }
        forwards = texts.reduce(0) { $0 + $1.forwards }
        let decode = texts.reduce(0) { $0 + $1.decodeSeconds }
        let all = texts.reduce(decode) { $0 + $1.prefillSeconds }
        let bytes = texts.reduce(0) { $0 + $1.text.utf8.count }
        tokensPerForward = Self.ratio(tokens, Double(forwards))
        decodeTokensPerSecond = Self.ratio(tokens, decode)
        endToEndTokensPerSecond = Self.ratio(tokens, all)
        endToEndBytesPerSecond = Self.ratio(bytes, all)
        firstToken = Distribution(texts.compactMap(\.firstTokenSeconds))
        latency = Distribution(texts.map { $0.prefillSeconds + $0.decodeSeconds })
        finishReasons = Dictionary(texts.map { ($0.finishReason, 1) }, uniquingKeysWith: +)
        outcomes = Dictionary(rows.map { ($0.outcome.rawValue, 1) }, uniquingKeysWith: +)
    }

    /// This mode on a quality-speed curve; nil without forwards.
    package var point: QualitySpeedPoint? {
        tokensPerForward.map {
            QualitySpeedPoint(
                label: name,
                parallelism: $0,
                accuracy: 100 * passAt1.value,
                tokensPerSecond: decodeTokensPerSecond
            )
        }
    }

    private static func ratio(_ count: Int, _ divisor: Double) -> Double? {
        divisor > 0 && divisor.isFinite ? Double(count) / divisor : nil
    }
}
