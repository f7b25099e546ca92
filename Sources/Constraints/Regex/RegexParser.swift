import Common

/// Reads the regular part of ECMA-262's expressions (Unicode mode, with annex B's lenience towards needless escapes), and
/// of PCRE's what means the same: `\A`, `\z`, `(?P<name>…)`, `(?i)` at the start.
///
/// What no automaton can do, or what this one does not, is refused by its name: backreferences, word boundaries,
/// lookbehind, atomic groups, possessive quantifiers.
struct RegexParser {
    let pattern: [Unicode.Scalar]
    var position = 0
    var ignoresCase = false
    var dotMatchesAll = false
    /// Whether `.` stands for all that it does in any dialect: only the line feed is excluded.
    private var isLenient = false
    private var depth = 0

    /// Most nested groups.
    static let depthLimit = 100
    /// Greatest count in braces.
    static let countLimit = 1 << 20
    static let lengthLimit = 1 << 16

    init(_ pattern: String) { self.pattern = Array(pattern.unicodeScalars) }

    static func parse(_ pattern: String, isLenient: Bool = false) throws -> RegexNode {
        var parser = RegexParser(pattern)
        parser.isLenient = isLenient
        guard parser.pattern.count <= lengthLimit else {
            throw CinnabarError(
                .unsupported,
                "a regular expression of \(parser.pattern.count) characters, at most \(lengthLimit) are read"
            )
        }
        if parser.skip("(?i)") { parser.ignoresCase = true }
        let node = try parser.choice()
        guard parser.peek == nil else { throw parser.malformed("')' without '('") }
        return node
    }

    func malformed(_ message: String, at place: Int? = nil) -> CinnabarError { error(.malformed, message, place) }

    func unsupported(_ what: String, at place: Int? = nil) -> CinnabarError {
        error(.unsupported, "\(what) is not supported", place)
    }

    private func error(_ code: CinnabarError.Code, _ message: String, _ place: Int?) -> CinnabarError {
        let text = String(String.UnicodeScalarView(pattern.prefix(60)))
        return CinnabarError(
            code,
            "regular expression '\(text)\(pattern.count > 60 ? "…" : "")', character \((place ?? position) + 1): \(message)"
        )
    }

    var peek: Unicode.Scalar? { position < pattern.count ? pattern[position] : nil }

    mutating func next() -> Unicode.Scalar? {
        guard let scalar = peek else { return nil }
        position += 1
        return scalar
    }

    mutating func skip(_ text: String) -> Bool {
        let scalars = text.unicodeScalars
        guard pattern[position...].starts(with: scalars) else { return false }
        position += scalars.count
        return true
    }

    // choice = sequence ('|' sequence)*
    private mutating func choice() throws -> RegexNode {
        var parts = [try sequence()]
        while skip("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    private mutating func sequence() throws -> RegexNode {
        var parts: [RegexNode] = []
        while let scalar = peek, scalar != "|", scalar != ")" {
            let place = position
            let part = try atom()
            parts.append(try quantified(part, place))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func atom() throws -> RegexNode {
        let place = position
        guard let scalar = next() else { throw malformed("something is missing at the end") }
        switch scalar {
        case "^": return .start
        case "$": return .end
        case ".":
            let excluded = dotMatchesAll ? ScalarSet() : isLenient ? ScalarSet("\n") : .lineTerminators
            return .scalars(excluded.complement)
        case "[": return .scalars(folded(try bracket(place)))
        case "(": return try group(place)
        case "\\": return try escape(place)
        case "*", "+", "?": throw malformed("nothing stands before '\(scalar)'", at: place)
        default: return .scalars(folded(ScalarSet(scalar)))
        }
    }

    func folded(_ set: ScalarSet) -> ScalarSet { ignoresCase ? set.ignoringCase : set }

    private mutating func group(_ place: Int) throws -> RegexNode {
        depth += 1
        guard depth <= Self.depthLimit else {
            throw error(.unsupported, "groups nested deeper than \(Self.depthLimit)", place)
        }
        let (outerCase, outerDot) = (ignoresCase, dotMatchesAll)
        var assertion: Bool?
        if skip("?=") {
            assertion = false
        } else if skip("?!") {
            assertion = true
        } else if skip("?") {
            try groupHead(place)
        }
        let node = try choice()
        guard skip(")") else { throw malformed("'(' without ')'", at: place) }
        (ignoresCase, dotMatchesAll) = (outerCase, outerDot)
        depth -= 1
        return assertion.map { .lookahead(node, isNegative: $0, position: place) } ?? node
    }

    /// What stands behind `(?`.
    private mutating func groupHead(_ place: Int) throws {
        if skip("<=") || skip("<!") { throw unsupported("lookbehind", at: place) }
        if skip(">") { throw unsupported("an atomic group", at: place) }
        if skip("P=") || skip("P>") || skip("&") || skip("R") { throw unsupported("a backreference", at: place) }
        if skip("(") { throw unsupported("a condition", at: place) }
        if skip("P<") || skip("<") || skip("'") {
            while let scalar = next(), scalar != ">", scalar != "'" {
                guard scalar.properties.isIDContinue || scalar == "$" else {
                    throw malformed("'\(scalar)' in the name of a group", at: position - 1)
                }
            }
            return
        }
        var isOn = true
        while let scalar = next() {
            switch scalar {
            case ":": return
            case "-": isOn = false
            case "i": ignoresCase = isOn
            case "s": dotMatchesAll = isOn
            case ")": throw unsupported("a flag that is not at the start or of a group '(?i:…)'", at: place)
            default: throw unsupported("the group '(?\(scalar)'", at: place)
            }
        }
        throw malformed("'(' without ')'", at: place)
    }
}
