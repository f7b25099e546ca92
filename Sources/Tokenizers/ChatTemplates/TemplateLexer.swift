/// A piece of a template.
struct TemplateToken {
    enum Kind: Equatable {
        /// Text between tags, white space control applied.
        case text(Text)
        case beginBlock, endBlock
        case beginOutput, endOutput
        case name(Text)
        case string(Text)
        case integer(Int)
        case float(Double)
        case sign(String)
        case end
    }

    var kind: Kind
    var line: Int

    /// As an error message shows it.
    var description: String {
        switch kind {
        case .text(let text): "'\(text.prefix(40).map(String.init).joined())'"
        case .beginBlock: "'{%'"
        case .endBlock: "'%}'"
        case .beginOutput: "'{{'"
        case .endOutput: "'}}'"
        case .name(let name): "'\(name.string)'"
        case .string(let text): "the string '\(text.prefix(40).map(String.init).joined())'"
        case .integer(let value): "'\(value)'"
        case .float(let value): "'\(value)'"
        case .sign(let sign): "'\(sign)'"
        case .end: "the end of the template"
        }
    }
}

/// An error in the text of a template.
struct TemplateSyntaxError: Error {
    var line: Int
    var message: String
}

/// Cuts a template into tokens by the rules of Jinja with `trim_blocks` and `lstrip_blocks`: a block or comment takes the
/// newline behind it and the blanks before it on its line; `-` takes all white space, `+` none.
struct TemplateLexer {
    enum Tag { case output, block, comment, raw }

    let source: Text
    var position = 0
    var line = 1
    private(set) var tokens: [TemplateToken] = []
    /// The closing brackets that are waited for.
    var brackets: [String] = []

    /// The lines of the template; one newline at its end does not count.
    static func normalize(_ source: String) -> Text {
        let text = Text(source).replacing(["\r", "\n"], with: ["\n"]).replacing(["\r"], with: ["\n"])
        return text.last == "\n" ? text.dropLast() : text
    }

    static func tokens(of source: Text) throws -> [TemplateToken] {
        var lexer = TemplateLexer(source: source)
        while lexer.position < source.count { try lexer.next() }
        lexer.emit(.end)
        return lexer.tokens
    }

    mutating func emit(_ kind: TemplateToken.Kind) { tokens.append(TemplateToken(kind: kind, line: line)) }

    func fail(_ message: String) -> TemplateSyntaxError { TemplateSyntaxError(line: line, message: message) }

    /// Reads the text up to the next tag, and the tag.
    private mutating func next() throws {
        let start = position
        guard let (tag, place, length) = nextTag() else {
            emit(.text(Text(source[start...])))
            position = source.count
            return
        }
        let control = has("-", at: place + 2) || has("+", at: place + 2) ? source[place + 2] : nil
        emitText(start..<place, control: control, isBeforeOutput: tag == .output)
        advance(to: place + length)
        switch tag {
        case .output:
            emit(.beginOutput)
            try readExpression(closing: "}}", .endOutput)
        case .block:
            emit(.beginBlock)
            try readExpression(closing: "%}", .endBlock)
        case .comment: try skipComment()
        case .raw: try readRaw()
        }
    }

    /// The next tag, where it begins and how long its opening is.
    private func nextTag() -> (Tag, place: Int, length: Int)? {
        for place in position..<source.count where source[place] == "{" {
            let hasControl = has("-", at: place + 2) || has("+", at: place + 2)
            let length = hasControl ? 3 : 2
            if has("{{", at: place) { return (.output, place, length) }
            if has("{#", at: place) { return (.comment, place, length) }
            if has("{%", at: place) {
                if let end = wordTag("raw", at: place + length, trimsLine: false) { return (.raw, place, end - place) }
                return (.block, place, length)
            }
        }
        return nil
    }

    private mutating func emitText(_ range: Range<Int>, control: Unicode.Scalar?, isBeforeOutput: Bool) {
        var text = Text(source[range])
        if control == "-" {
            text = text.stripped(.right)
        } else if control == nil, !isBeforeOutput {
            let lineStart = text.lastIndex(of: "\n").map { $0 + 1 } ?? 0
            let isAtLineStart = lineStart > 0 || range.lowerBound == 0 || source[range.lowerBound - 1] == "\n"
            if isAtLineStart, text[lineStart...].allSatisfy(\.isPythonSpace) { text = Text(text[..<lineStart]) }
        }
        if !text.isEmpty { emit(.text(text)) }
    }

    private mutating func skipComment() throws {
        let begin = line
        for place in position..<source.count {
            if let end = closing("#}", at: place, trimsLine: true) { return advance(to: end) }
        }
        throw TemplateSyntaxError(line: begin, message: "a comment has no '#}'")
    }

    private mutating func readRaw() throws {
        let start = position
        for place in position..<source.count where has("{%", at: place) {
            let control = has("-", at: place + 2) || has("+", at: place + 2) ? source[place + 2] : nil
            guard let end = wordTag("endraw", at: place + (control == nil ? 2 : 3), trimsLine: true) else { continue }
            emitText(start..<place, control: control, isBeforeOutput: false)
            return advance(to: end)
        }
        throw fail("a raw block has no 'endraw'")
    }

    /// The end of a tag that holds nothing but a word.
    private func wordTag(_ word: String, at place: Int, trimsLine: Bool) -> Int? {
        let start = skippingSpace(from: place)
        guard has(word, at: start) else { return nil }
        return closing("%}", at: skippingSpace(from: start + word.unicodeScalars.count), trimsLine: trimsLine)
    }

    /// The place behind the closing of a tag and the white space that it takes; nil if there is none.
    func closing(_ sign: String, at place: Int, trimsLine: Bool) -> Int? {
        if has("-" + sign, at: place) { return skippingSpace(from: place + 3) }
        if has("+" + sign, at: place), trimsLine { return place + 3 }
        guard has(sign, at: place) else { return nil }
        return trimsLine && has("\n", at: place + 2) ? place + 3 : place + 2
    }

    func has(_ sign: String, at place: Int) -> Bool {
        var place = place
        for scalar in sign.unicodeScalars {
            guard place < source.count, source[place] == scalar else { return false }
            place += 1
        }
        return true
    }

    func skippingSpace(from place: Int) -> Int {
        source[Swift.min(place, source.count)...].firstIndex { !$0.isPythonSpace } ?? source.count
    }

    /// Moves on and counts lines.
    mutating func advance(to place: Int) {
        for scalar in source[position..<place] where scalar == "\n" { line += 1 }
        position = place
    }
}
