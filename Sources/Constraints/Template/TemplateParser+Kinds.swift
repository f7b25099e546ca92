import Common

/// What stands behind the colon of a hole.
extension TemplateParser {
    private static let kinds = "/regex/, a | b, json, gbnf, python, text"

    mutating func kind() throws -> Template.Kind {
        let start = position
        if skip("/") { return .regex(try pattern()) }
        let first = word()
        skipSpace()
        // A bare text may begin like a kind.
        if position == text.count || isNext("}}") || isNext("{") || isNext("\"")
            || first == "text" && (isNextDigit || isNext("lines"))
        {
            switch first {
            case "json": return .json(schema: isNext("{") ? try object() : nil)
            case "gbnf":
                guard isNext("\"") else { throw Fault("expected a grammar as a JSON string", position) }
                return .gbnf(try string())
            case "python": return .python
            case "text": return try lengths()
            default: break
            }
        }
        position = start
        let choices = try choices()
        guard choices.count > 1 || choices.isQuoted else {
            throw Fault(
                "unknown kind '\(choices.texts.first ?? "")'",
                start,
                hint: "the kinds are \(Self.kinds); a choice of one text is written in quotation marks"
            )
        }
        return .choices(choices.texts)
    }

    private var isNextDigit: Bool { position < text.count && ("0"..."9").contains(text[position]) }

    /// Behind the first slash, to the last.
    private mutating func pattern() throws -> String {
        let start = position
        while position < text.count, text[position] != "/" { position += text[position] == "\\" ? 2 : 1 }
        guard position < text.count else { throw Fault("a regular expression without its last '/'", start - 1) }
        defer { position += 1 }
        return slice(start..<position)
    }

    /// A JSON string, decoded.
    private mutating func string() throws -> String {
        let start = position
        position += 1
        while position < text.count, text[position] != "\"" { position += text[position] == "\\" ? 2 : 1 }
        guard position < text.count else { throw Fault("a string without its last '\"'", start) }
        position += 1
        guard let string = try JSONValue(json: slice(start..<position), name: "a string").text else {
            throw Fault("expected a string", start)
        }
        return string
    }

    /// The text of a JSON object: to the brace that closes it.
    private mutating func object() throws -> String {
        let start = position
        var depth = 0
        while position < text.count {
            switch text[position] {
            case "{": depth += 1
            case "}": depth -= 1
            case "\"":
                position += 1
                while position < text.count, text[position] != "\"" { position += text[position] == "\\" ? 2 : 1 }
            default: break
            }
            position += 1
            if depth == 0, position <= text.count { return slice(start..<position) }
        }
        throw Fault("a schema without its last '}'", start)
    }

    private mutating func lengths() throws -> Template.Kind {
        var lengths = 1...200
        if isNextDigit {
            let start = position
            let least = try number()
            let most = skip("..") ? try number() : least
            guard least <= most else { throw Fault("a greatest length of \(most) below the least, \(least)", start) }
            lengths = least...most
        }
        skipSpace()
        return .text(lengths, lines: skip("lines"))
    }

    private mutating func number() throws -> Int {
        let start = position
        while isNextDigit { position += 1 }
        guard let number = Int(slice(start..<position)), number <= Template.lengthLimit else {
            throw Fault("expected a number up to \(Template.lengthLimit)", start)
        }
        return number
    }

    private mutating func choices() throws -> (texts: [String], isQuoted: Bool, count: Int) {
        var (texts, isQuoted) = ([String](), false)
        repeat {
            skipSpace()
            let start = position
            if isNext("\"") {
                isQuoted = true
                texts.append(try string())
                skipSpace()
            } else {
                while position < text.count, text[position] != "|", !isNext("}}") { position += 1 }
                var end = position
                while end > start, text[end - 1] == " " || text[end - 1] == "\n" { end -= 1 }
                guard end > start else {
                    throw Fault("an empty text", start, hint: "write \"\" where none is meant")
                }
                texts.append(slice(start..<end))
            }
        } while skip("|")
        return (texts, isQuoted, texts.count)
    }
}
