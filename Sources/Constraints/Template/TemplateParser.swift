import Common

/// Reads templates in their text form.
///
///     Name: {{name: /[A-Z][a-z]+/}}, mood: {{mood: happy | sad}}
///
/// A hole is a name, a colon, and what its text must be:
///
///     /[0-9]{4}/            a regular expression; a slash in it is written \/
///     happy | "very sad"    one of some texts, bare or as JSON strings; a single one must be a string
///     json                  any JSON value
///     json {"type": …}      one that the schema validates
///     gbnf "root ::= …"     a grammar, as a JSON string
///     python                a Python expression
///     text                  1 to 200 characters of one line
///     text 5..80 lines      5 to 80 characters; line ends are allowed
///
/// Two braces that begin no hole are written `\{{`; a backslash before a hole is written `\\`. Elsewhere a backslash is one.
struct TemplateParser {
    static let sizeLimit = 1 << 18

    let text: [Unicode.Scalar]
    var position = 0

    init(_ text: String) throws {
        self.text = Array(text.unicodeScalars)
        guard self.text.count <= Self.sizeLimit else {
            throw CinnabarError(
                .unsupported,
                "a template of \(self.text.count) characters, at most \(Self.sizeLimit) are read"
            )
        }
    }

    /// The parts, and where they begin.
    mutating func parse() throws -> (parts: [Template.Part], places: [Int]) {
        var (parts, places) = ([Template.Part](), [Int]())
        while position < text.count {
            places.append(position)
            parts.append(try skip("{{") ? .hole(hole()) : .text(fixed()))
        }
        return (parts, places)
    }

    /// "line 1, column 3: "
    func place(_ position: Int) -> String {
        let before = text[..<min(position, text.count)]
        let line = before.count { $0 == "\n" } + 1
        let column = before.count - (before.lastIndex(of: "\n").map { $0 + 1 } ?? 0) + 1
        return "line \(line), column \(column): "
    }

    /// Up to the next hole.
    private mutating func fixed() -> String {
        var result = String.UnicodeScalarView()
        while position < text.count, !isNext("{{") {
            // Backslashes before braces, in pairs; the one that is left over makes the braces text.
            var slashes = 0
            while position + slashes < text.count, text[position + slashes] == "\\" { slashes += 1 }
            guard slashes > 0 else {
                result.append(text[position])
                position += 1
                continue
            }
            position += slashes
            let isEscape = isNext("{{")
            result.append(contentsOf: repeatElement("\\", count: isEscape ? slashes / 2 : slashes))
            if isEscape, slashes % 2 == 1, skip("{{") { result.append(contentsOf: "{{".unicodeScalars) }
        }
        return String(result)
    }

    /// Behind the opening braces.
    private mutating func hole() throws -> Template.Hole {
        let start = position - 2
        skipSpace()
        let name = word()
        func malformed(_ message: String, at place: Int, hint: String? = nil) -> CinnabarError {
            let hole = name.isEmpty ? "" : "hole '\(name)': "
            return CinnabarError(.malformed, "template, \(self.place(place))\(hole)\(message)", hint: hint)
        }
        guard !name.isEmpty else {
            throw malformed("a hole without a name", at: position, hint: #"write \{{ for braces that are text"#)
        }
        do {
            skipSpace()
            guard skip(":") else { throw Fault("expected ':' behind the name", position) }
            skipSpace()
            let kind = try kind()
            skipSpace()
            guard skip("}}") else {
                throw Fault(position < text.count ? "expected '}}'" : "'{{' without '}}'", position)
            }
            return Template.Hole(name, kind)
        } catch let fault as Fault {
            throw malformed(fault.message, at: fault.place < text.count ? fault.place : start, hint: fault.hint)
        } catch let error as CinnabarError {
            throw malformed(error.message, at: start, hint: error.hint)
        }
    }

    /// What is wrong within a hole; its name and the place in lines are still to come.
    struct Fault: Error {
        var message: String
        var place: Int
        var hint: String?

        init(_ message: String, _ place: Int, hint: String? = nil) {
            (self.message, self.place, self.hint) = (message, place, hint)
        }
    }

    func isNext(_ sign: String) -> Bool { text[position...].starts(with: sign.unicodeScalars) }

    mutating func skip(_ sign: String) -> Bool {
        guard isNext(sign) else { return false }
        position += sign.unicodeScalars.count
        return true
    }

    mutating func skipSpace() {
        while position < text.count, text[position] == " " || text[position] == "\n" { position += 1 }
    }

    /// Letters, digits, `_` and `-`; empty where a letter does not stand first.
    mutating func word() -> String {
        let start = position
        while position < text.count, Template.isNamePart(text[position], isFirst: position == start) { position += 1 }
        return slice(start..<position)
    }

    func slice(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(text[range])) }
}

extension Template {
    /// - Parameter text: a template in the form of ``TemplateParser``.
    /// - Throws: `.malformed` with line, column and the hole's name; else as ``init(_:)``.
    package init(text: String) throws {
        var parser = try TemplateParser(text)
        let (parts, places) = try parser.parse()
        try self.init(parts) { parser.place(places[$0]) }
    }
}
