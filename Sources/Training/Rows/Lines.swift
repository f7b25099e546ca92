/// Places of lines in a text.
enum Lines {
    private static let newline = UInt8(ascii: "\n")

    /// First byte of the line that holds `offset`.
    static func start(_ text: [UInt8], _ offset: Int) -> Int {
        var at = min(offset, text.count)
        while at > 0, text[at - 1] != newline { at -= 1 }
        return at
    }

    /// First byte behind the line that holds `offset`, its newline included.
    static func end(_ text: [UInt8], _ offset: Int) -> Int {
        var at = offset
        while at < text.count, text[at] != newline { at += 1 }
        return min(at + 1, text.count)
    }

    /// Blanks at the start of the line that begins at `start`.
    static func indentation(_ text: [UInt8], _ start: Int) -> Int {
        var at = start
        while at < text.count, text[at] == 32 || text[at] == 9 { at += 1 }
        return at - start
    }

    static func isBlank(_ text: [UInt8], _ start: Int) -> Bool {
        let at = start + indentation(text, start)
        return at >= text.count || text[at] == newline || text[at] == 13
    }

    /// True if the line at `start` opens a function or class.
    static func opensDefinition(_ text: [UInt8], _ start: Int) -> Bool {
        let rest = text[(start + indentation(text, start))...]
        return ["def ", "class ", "async def "].contains { rest.starts(with: $0.utf8) }
    }
}
