import Foundation

/// A next-edit request: a file, a region of it, a cursor, and what was seen and changed before. Sections are found by their tags,
/// whatever their order.
package struct EditPrompt: Sendable, Equatable {
    package var path: String?
    /// Text of the file before the region and behind the line end that follows it.
    package var above = ""
    package var below = ""
    /// The region without the cursor's tag.
    package var region = ""
    /// Bytes of the region before the cursor; nil for none.
    package var cursor: Int?
    /// Recently viewed snippets and the history of edits, as they came.
    package var snippets = ""
    package var history = ""
    /// The request as it came, for models that have learned its form.
    package var message: String

    package init(_ message: String) {
        self.message = message
        snippets = TaggedText.section("recently_viewed_code_snippets", of: message) ?? ""
        history = TaggedText.section("edit_diff_history", of: message) ?? ""
        var file = TaggedText.section("current_file_content", of: message) ?? ""
        let key = "current_file_path:"
        if file.hasPrefix(key) {
            let line = file.prefix { $0 != "\n" }
            path = line.dropFirst(key.count).trimmingCharacters(in: .whitespaces)
            file = String(file.dropFirst(line.count + 1))
        }
        guard let raw = TaggedText.section("code_to_edit", of: message) else {
            // No region: the whole file is one, or the whole message.
            setRegion(file.isEmpty ? message : file)
            return
        }
        setRegion(raw)
        if let place = TaggedText.place(of: "code_to_edit", in: file) {
            surround(with: file, at: place.whole)
        } else if !region.isEmpty, let place = file.range(of: region, options: .literal) {
            // The region stands outside of the file's section once more.
            surround(with: file, at: place)
        } else {
            above = file
        }
    }

    private mutating func surround(with file: String, at place: Range<String.Index>) {
        above = String(file[..<place.lowerBound])
        let rest = file[place.upperBound...]
        below = String(rest.hasPrefix("\n") ? rest.dropFirst() : rest)
    }

    private mutating func setRegion(_ raw: String) {
        region = raw
        guard let tag = raw.range(of: "<|cursor|>", options: .literal) else { return }
        cursor = raw[..<tag.lowerBound].utf8.count
        region = String(raw[..<tag.lowerBound]) + raw[tag.upperBound...]
    }

    /// The part of the region that a model without training for edits writes anew: from the cursor to the end of its line, or all
    /// of it where there is no cursor.
    package var hole: (before: String, old: String, behind: String) {
        guard let cursor else { return ("", region, "") }
        let bytes = Array(region.utf8)
        let end = bytes[cursor...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        return (text(0..<cursor), text(cursor..<end), text(end..<bytes.count))
    }

    /// What an editor reads: the region between fences, or `None` where nothing has changed.
    package func answer(_ newRegion: String) -> String {
        newRegion == region ? "None" : "```\n\(newRegion)\n```"
    }
}
