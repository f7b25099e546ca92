import Foundation

/// One task in one mode: what was written, what it cost, and how it did.
package struct TaskRow: Sendable, Codable, Hashable {
    package var mode: String
    package var task: String
    package var generated: GeneratedText
    /// The text is the reference, scalar by scalar.
    package var exact: Bool
    /// So after white space at the end is cut off both.
    package var exactTrimmed: Bool
    /// `EditDistance.similarity` with the reference.
    package var editSimilarity: Double
    package var passed: Bool
    /// Whether prompt, filling and suffix together are Python.
    package var parsed: Bool
    package var outcome: SandboxResult.Outcome
    /// Why not passed, in a line.
    package var detail: String

    package init(mode: String, task: InfillingTask, generated: GeneratedText, result: SandboxResult) {
        let (text, reference) = (generated.text, task.canonicalSolution)
        self.mode = mode
        self.task = task.taskID
        self.generated = generated
        // By scalars: == would hold for texts that differ in bytes but look the same.
        exact = text.unicodeScalars.elementsEqual(reference.unicodeScalars)
        exactTrimmed = Self.trimmed(text).elementsEqual(Self.trimmed(reference))
        editSimilarity = EditDistance.similarity(text, reference)
        passed = result.passed
        parsed = result.parsed ?? false
        outcome = result.outcome
        detail = result.detail
    }

    private static func trimmed(_ text: String) -> Substring.UnicodeScalarView {
        var scalars = text.unicodeScalars[...]
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return scalars
    }
}
