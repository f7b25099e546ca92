/// Recursive descent over the tokens of a template, by the grammar of Jinja 3.1. The statements are in
/// `TemplateParser+Statements.swift`, the expressions in `TemplateParser+Expressions.swift`.
struct TemplateParser {
    private let tokens: [TemplateToken]
    private var index = 0
    private var depth = 0
    private let limit: Int
    /// Loops around the current statement that `break` can leave.
    var loops = 0
    /// The special names that the macros around the current statement mention.
    var specials: [Set<Text>] = []

    static func parse(_ source: Text, limits: TemplateLimits) throws -> [TemplateStatement] {
        guard source.count <= limits.source else {
            throw TemplateSyntaxError(line: 1, message: "\(source.count) characters, at most \(limits.source) are read")
        }
        var parser = TemplateParser(tokens: try TemplateLexer.tokens(of: source), limit: limits.nesting)
        return try parser.statements(until: [])
    }

    private init(tokens: [TemplateToken], limit: Int) {
        self.tokens = tokens
        self.limit = limit
    }

    var token: TemplateToken { tokens[index] }
    var line: Int { token.line }

    func fail(_ message: String) -> TemplateSyntaxError { TemplateSyntaxError(line: line, message: message) }

    mutating func advance() { if index + 1 < tokens.count { index += 1 } }

    mutating func take(_ kind: TemplateToken.Kind) -> Bool {
        guard token.kind == kind else { return false }
        advance()
        return true
    }

    mutating func take(_ sign: String) -> Bool { take(.sign(sign)) }
    mutating func take(word: String) -> Bool { take(.name(Text(word))) }

    mutating func expect(_ kind: TemplateToken.Kind) throws {
        guard take(kind) else {
            throw fail("expected \(TemplateToken(kind: kind, line: 0).description), got \(token.description)")
        }
    }

    mutating func expect(_ sign: String) throws { try expect(.sign(sign)) }

    mutating func name() throws -> Text {
        guard case .name(let name) = token.kind else { throw fail("expected a name, got \(token.description)") }
        advance()
        return name
    }

    func isAt(_ sign: String) -> Bool { token.kind == .sign(sign) }
    func isAt(word: String) -> Bool { token.kind == .name(Text(word)) }
    func isNext(_ kind: TemplateToken.Kind) -> Bool { index + 1 < tokens.count && tokens[index + 1].kind == kind }

    /// Parses something that may hold itself, no deeper than the limit.
    mutating func nested<Node>(_ parse: (inout TemplateParser) throws -> Node) throws -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limit else { throw fail("nested deeper than \(limit) levels at \(token.description)") }
        return try parse(&self)
    }
}
