import Common

/// Reads grammars in the text form of llama.cpp (GBNF).
///
///     root  ::= "(" list? ")"        # a comment
///     list  ::= item ("," item)*
///     item  ::= [a-z_] [^,()\n]{0,20} | root
///
/// A rule is a name, `::=` and alternatives between `|`; an alternative is literals, classes, `.`, names and groups, each
/// perhaps with `*`, `+`, `?`, `{n}`, `{n,}` or `{n,m}`. A line's end ends the rule, except in parentheses, behind `|` and
/// behind `::=`. Escapes: `\n \r \t \\ \" \[ \]`, `\xHH`, `\uHHHH`, `\UHHHHHHHH`.
struct GBNFParser {
    let text: [Unicode.Scalar]
    var position = 0
    private var numbers: [String: Int] = [:]
    private(set) var names: [String] = []
    private(set) var languages: [Language?] = []
    /// Where a name was first used.
    private var uses: [Int] = []
    private var depth = 0

    static let sizeLimit = 1 << 20
    static let depthLimit = 100
    static let countLimit = 1 << 20

    init(_ text: String) throws {
        self.text = Array(text.unicodeScalars)
        guard self.text.count <= Self.sizeLimit else {
            throw CinnabarError(
                .unsupported,
                "a grammar of \(self.text.count) characters, at most \(Self.sizeLimit) are read"
            )
        }
    }

    func malformed(_ message: String, at place: Int? = nil) -> CinnabarError {
        let before = text[..<min(place ?? position, text.count)]
        let line = before.count { $0 == "\n" } + 1
        let column = before.count - (before.lastIndex(of: "\n").map { $0 + 1 } ?? 0) + 1
        return CinnabarError(.malformed, "grammar, line \(line), column \(column): \(message)")
    }

    /// The rules by name, and their languages.
    mutating func parse() throws -> [Grammar.Rule] {
        skipSpace(lines: true)
        while position < text.count {
            try rule()
            skipSpace(lines: true)
        }
        return try names.indices.map { index in
            guard let language = languages[index] else {
                throw malformed("the rule '\(names[index])' is not defined", at: uses[index])
            }
            return Grammar.Rule(name: names[index], language: language)
        }
    }

    var peek: Unicode.Scalar? { position < text.count ? text[position] : nil }

    mutating func next() -> Unicode.Scalar? {
        guard let scalar = peek else { return nil }
        position += 1
        return scalar
    }

    mutating func skip(_ sign: String) -> Bool {
        guard text[position...].starts(with: sign.unicodeScalars) else { return false }
        position += sign.unicodeScalars.count
        return true
    }

    /// White space and comments; line ends only where they mean nothing.
    private mutating func skipSpace(lines: Bool) {
        while let scalar = peek {
            switch scalar {
            case " ", "\t": position += 1
            case "\n", "\r":
                guard lines else { return }
                position += 1
            case "#": while let scalar = peek, scalar != "\n", scalar != "\r" { position += 1 }
            default: return
            }
        }
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (Character(scalar).isLetter || Character(scalar).isNumber || scalar == "-" || scalar == "_")
    }

    private mutating func name() throws -> Int {
        let start = position
        while let scalar = peek, Self.isWord(scalar) { position += 1 }
        guard position > start else { throw malformed("expected a name") }
        let name = String(String.UnicodeScalarView(text[start..<position]))
        if let known = numbers[name] { return known }
        numbers[name] = names.count
        names.append(name)
        languages.append(nil)
        uses.append(start)
        return names.count - 1
    }

    private mutating func rule() throws {
        let place = position
        let index = try name()
        skipSpace(lines: false)
        guard skip("::=") else { throw malformed("expected '::=' behind '\(names[index])'") }
        guard languages[index] == nil else { throw malformed("the rule '\(names[index])' is defined twice", at: place) }
        skipSpace(lines: true)
        languages[index] = try alternatives(lines: false)
        guard peek == nil || peek == "\n" || peek == "\r" else {
            throw malformed("'\(String(peek ?? " "))' is not expected here")
        }
    }

    private mutating func alternatives(lines: Bool) throws -> Language {
        var parts = [try sequence(lines: lines)]
        while skip("|") {
            skipSpace(lines: true)
            parts.append(try sequence(lines: lines))
        }
        return parts.count == 1 ? parts[0] : .either(parts)
    }

    private mutating func sequence(lines: Bool) throws -> Language {
        var parts: [Language] = []
        while let scalar = peek, scalar != "|", scalar != ")", lines || (scalar != "\n" && scalar != "\r") {
            let item = try item(scalar)
            // White space may stand before a quantifier.
            skipSpace(lines: lines)
            parts.append(try quantified(item))
            skipSpace(lines: lines)
        }
        return .joined(parts)
    }

    private mutating func item(_ scalar: Unicode.Scalar) throws -> Language {
        let place = position
        switch scalar {
        case "\"": return try literal()
        case "[": return .scalar(try scalarClass())
        case ".":
            position += 1
            return .scalar(.all)
        case "(":
            depth += 1
            guard depth <= Self.depthLimit else { throw malformed("groups nested deeper than \(Self.depthLimit)") }
            position += 1
            skipSpace(lines: true)
            let inner = try alternatives(lines: true)
            guard skip(")") else { throw malformed("'(' without ')'", at: place) }
            depth -= 1
            return inner
        case "<", "!": throw malformed("single tokens in a grammar are not supported")
        default:
            guard Self.isWord(scalar) else { throw malformed("'\(scalar)' is not expected here") }
            return .rule(try name())
        }
    }

    private mutating func quantified(_ item: Language) throws -> Language {
        var item = item
        while true {
            if skip("*") {
                item = .repeated(item, 0, nil)
            } else if skip("+") {
                item = .repeated(item, 1, nil)
            } else if skip("?") {
                item = .repeated(item, 0, 1)
            } else if skip("{") {
                skipSpace(lines: false)
                let minimum = try count() ?? 0
                skipSpace(lines: false)
                var maximum: Int? = minimum
                if skip(",") {
                    skipSpace(lines: false)
                    maximum = try count()
                    skipSpace(lines: false)
                }
                guard skip("}") else { throw malformed("expected '}'") }
                guard maximum.map({ $0 >= minimum }) ?? true else {
                    throw malformed("a greatest count below the least")
                }
                item = .repeated(item, minimum, maximum)
            } else {
                return item
            }
        }
    }

    private mutating func count() throws -> Int? {
        var value: Int?
        while let scalar = peek, scalar.isASCII, let digit = Character(scalar).wholeNumberValue {
            position += 1
            value = (value ?? 0) * 10 + digit
            guard value ?? 0 <= Self.countLimit else { throw malformed("a count above \(Self.countLimit)") }
        }
        return value
    }
}
