import Common
import Constraints

/// Fixed text with named holes, each with a constraint of its own: all of it is written in one go, fixed text for free.
///
///     Name: {{name: /[A-Z][a-z]+/}}, mood: {{mood: happy | sad}}, data: {{data: json {"type": "array"}}}
///
/// docs/constraint-languages.md has the whole syntax.
public struct TextTemplate: Sendable, Hashable {
    /// What stands in a hole of a finished text.
    public struct Value: Sendable, Hashable {
        public let name: String
        public let text: String
        /// Where it stands, in bytes of UTF-8.
        public let range: Range<Int>
        /// Of a hole that is a choice: how probable each text is by the causal stream behind the text before it, normalised
        /// over the alternatives; what is fixed behind the hole counts with it. Empty for other holes, and for models without a
        /// causal stream.
        public internal(set) var alternatives: [Alternative] = []
    }

    public struct Alternative: Sendable, Hashable, Codable {
        public let text: String
        /// In 0...1.
        public let probability: Double
    }

    let template: Template

    /// - Throws: `malformed` or `invalidArgument` with the hole and the place.
    public init(_ text: String) throws { template = try Template(text: text) }

    public var constraint: Constraint { Constraint(template.grammar) }

    /// The values of the holes of a finished text, in order; where it can be read in several ways, the first hole's value is
    /// the longest possible one, then the second one's, and so on.
    public func values(of text: String) throws -> [Value] {
        try template.values(of: text).map { .init(name: $0.name, text: $0.text, range: $0.range) }
    }
}

/// A template with its holes filled.
public struct FilledTemplate: Sendable, Hashable {
    public let result: GenerationResult
    public let values: [TextTemplate.Value]
}

extension Model {
    /// Writes a template behind a text.
    ///
    /// - Throws: what ``generate(_:options:)`` throws; its options' own constraint is an error.
    public func fill(
        _ template: TextTemplate,
        after prompt: String,
        options: GenerationOptions = .init()
    ) async throws -> FilledTemplate {
        guard options.constraint == nil else {
            throw CinnabarError(.invalidArgument, "a template beside another constraint", hint: "give one of them")
        }
        var options = options
        options.constraint = template.constraint
        let result = try await generate(prompt, options: options).result()
        var values = try template.values(of: result.text)
        if (try? checkScores(0)) != nil {
            for index in values.indices {
                values[index].alternatives = try await alternatives(template, index, values, result.text, prompt)
            }
        }
        return FilledTemplate(result: result, values: values)
    }

    private func alternatives(
        _ template: TextTemplate,
        _ index: Int,
        _ values: [TextTemplate.Value],
        _ text: String,
        _ prompt: String
    ) async throws -> [TextTemplate.Alternative] {
        guard let texts = template.template.holes[index].alternatives else { return [] }
        let bytes = Array(text.utf8)
        let range = values[index].range
        let before = String(decoding: bytes[..<range.lowerBound], as: UTF8.self)
        let end = index + 1 < values.count ? values[index + 1].range.lowerBound : bytes.count
        let behind = String(decoding: bytes[range.upperBound..<end], as: UTF8.self)
        let probabilities = try await probabilities(of: texts.map { $0 + behind }, behind: prompt + before)
        return zip(texts, probabilities).map { TextTemplate.Alternative(text: $0, probability: $1) }
    }
}
