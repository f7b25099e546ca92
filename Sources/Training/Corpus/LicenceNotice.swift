/// Reads what the top of a file says about its licence.
enum LicenceNotice {
    /// How far below the top a notice stands at most, in bytes.
    private static let reach = 2500
    private static let copyleft = [
        "gnu general public", "gnu lesser general", "gnu library general", "gnu affero general",
        "mozilla public license", "license = 'lgpl'", "license='lgpl'", "common development and distribution license",
    ]
    private static let permissive = ["apache", "mit license", "bsd license", "bsd-2-clause", "bsd-3-clause"]

    /// True for a file under a copyleft licence inside a package under another, as copies of strangers' modules are.
    ///
    /// A choice between a copyleft and a permissive licence is permissive.
    static func isCopyleft(_ text: [UInt8]) -> Bool {
        // Notices break lines, each with its comment sign.
        let head = String(decoding: text.prefix(reach), as: UTF8.self).lowercased()
            .split { $0.isWhitespace || $0 == "#" }.joined(separator: " ")
        return copyleft.contains { head.contains($0) } && !permissive.contains { head.contains($0) }
    }

    /// Drops the comment block at the top if it speaks of a licence: thousands of copies teach nothing.
    static func removed(from text: [UInt8]) -> [UInt8] {
        var end = 0
        while end < text.count, text[end] == UInt8(ascii: "#") || text[end] == UInt8(ascii: "\n") {
            end = (text[end...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count - 1) + 1
        }
        let header = String(decoding: text[..<end], as: UTF8.self).lowercased()
        guard header.contains("copyright") || header.contains("license") else { return text }
        return Array(text[end...])
    }
}
