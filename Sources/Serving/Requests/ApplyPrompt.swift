/// A request to merge a changed part into a file.
struct ApplyPrompt: Sendable, Equatable {
    var original: String
    var update: String
    /// The request as it came, for models that have learned its form.
    var message: String

    init(_ message: String) {
        self.message = message
        original = TaggedText.section("original_code", of: message) ?? ""
        update = TaggedText.section("update_snippet", of: message) ?? message
    }
}
