/// Fills holes in text: what the evaluation asks of a model and a way to decode.
package protocol InfillGenerator: Sendable {
    /// Writes the text between `prefix` and `suffix`, of a length that the generator chooses.
    ///
    /// - Parameter seed: for whatever is drawn at random; the same for the same task in every run.
    /// - Throws: `CinnabarError` with code `contextLength` when the task does not fit, which counts as a failed task;
    ///   any other error stops the run.
    func infill(prefix: String, suffix: String, seed: UInt64) async throws -> GeneratedText
}

/// A generator from a closure.
package struct ClosureGenerator: InfillGenerator {
    private let body: @Sendable (_ prefix: String, _ suffix: String, _ seed: UInt64) async throws -> GeneratedText

    package init(
        _ body: @escaping @Sendable (_ prefix: String, _ suffix: String, _ seed: UInt64) async throws -> GeneratedText
    ) {
        self.body = body
    }

    package func infill(prefix: String, suffix: String, seed: UInt64) async throws -> GeneratedText {
        try await body(prefix, suffix, seed)
    }
}

/// What a generator wrote and what it cost.
package struct GeneratedText: Sendable, Codable, Hashable {
    package var text: String
    /// Output tokens without the end marker.
    package var tokens: Int
    /// Network calls that evaluate a canvas or whose logits yield an output token, the last prefill call included.
    package var forwards: Int
    package var prefillSeconds: Double
    /// From the end of prefill to the last token.
    package var decodeSeconds: Double
    /// From the request to the first token, if measured.
    package var firstTokenSeconds: Double?
    /// `stop`, `length`, …
    package var finishReason: String

    package init(
        text: String,
        tokens: Int,
        forwards: Int,
        prefillSeconds: Double,
        decodeSeconds: Double,
        firstTokenSeconds: Double? = nil,
        finishReason: String
    ) {
        self.text = text
        self.tokens = tokens
        self.forwards = forwards
        self.prefillSeconds = prefillSeconds
        self.decodeSeconds = decodeSeconds
        self.firstTokenSeconds = firstTokenSeconds
        self.finishReason = finishReason
    }
}

/// One way to decode, under the name by which a report calls it.
package struct InfillMode: Sendable {
    package var name: String
    /// What the report and the log say about it; a log is only continued with the same settings.
    package var settings: [String: String]
    package var generator: any InfillGenerator

    package init(name: String, settings: [String: String] = [:], generator: any InfillGenerator) {
        self.name = name
        self.settings = settings
        self.generator = generator
    }
}
