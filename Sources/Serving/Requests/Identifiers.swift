/// Identifiers of replies.
enum Identifiers {
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")

    /// A prefix and 24 random letters and digits.
    static func make(_ prefix: String) -> String {
        var random = SystemRandomNumberGenerator()
        return prefix + String((0..<24).map { _ in alphabet[Int.random(in: alphabet.indices, using: &random)] })
    }
}
