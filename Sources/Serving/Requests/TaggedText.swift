import Foundation

/// Sections of a prompt between `<|name|>` and `<|/name|>`.
enum TaggedText {
    /// What stands between a tag and its end, without the line ends next to them; nil without both tags.
    static func section(_ name: String, of text: String) -> String? {
        guard let place = place(of: name, in: text) else { return nil }
        var section = text[place.inside]
        if section.hasPrefix("\n") { section = section.dropFirst() }
        if section.hasSuffix("\n") { section = section.dropLast() }
        return String(section)
    }

    /// Where a section is, with and without its tags.
    static func place(
        of name: String,
        in text: String
    ) -> (whole: Range<String.Index>, inside: Range<String.Index>)? {
        guard let begin = text.range(of: "<|\(name)|>", options: .literal),
            let end = text.range(of: "<|/\(name)|>", options: .literal, range: begin.upperBound..<text.endIndex)
        else { return nil }
        return (begin.lowerBound..<end.upperBound, begin.upperBound..<end.lowerBound)
    }
}
