import Common

/// Which rules hold the empty string; refuses rules that stand at their own left end, where nothing is read before they
/// come back to themselves.
struct LeftCorners {
    let grammar: Grammar
    let maximumDepth: Int
    private var nullable: [Bool?]
    private var isOpen: [Bool]
    private var depth = 0

    init(_ grammar: Grammar, maximumDepth: Int) {
        self.grammar = grammar
        self.maximumDepth = maximumDepth
        nullable = Array(repeating: nil, count: grammar.rules.count)
        isOpen = Array(repeating: false, count: grammar.rules.count)
    }

    /// By rule, whether it holds the empty string.
    static func nullability(_ grammar: Grammar, maximumDepth: Int) throws -> [Bool] {
        var corners = LeftCorners(grammar, maximumDepth: maximumDepth)
        return try grammar.rules.indices.map { try corners.visit(.rule($0)) }
    }

    private mutating func visit(_ language: Language) throws -> Bool {
        depth += 1
        defer { depth -= 1 }
        guard depth <= maximumDepth else {
            throw CinnabarError(
                .unsupported,
                "the constraint's rules nest deeper than \(maximumDepth) levels",
                hint: "flatten its groups or rules"
            )
        }
        switch language {
        case .nothing, .byte: return false
        case .bytes(let bytes): return bytes.isEmpty
        case .sequence(let parts):
            // Only parts up to the first that is not empty are at the left end.
            for part in parts where try !visit(part) { return false }
            return true
        case .choice(let members): return try members.reduce(false) { try visit($1) || $0 }
        case .intersection(let members): return try members.reduce(true) { try visit($1) && $0 }
        case .complement(let operand): return try !visit(operand)
        case .repetition(let operand, let minimum, let maximum):
            if maximum == 0 { return minimum <= 0 }
            return try visit(operand) || minimum <= 0
        case .rule(let index): return try visit(rule: index)
        }
    }

    private mutating func visit(rule index: Int) throws -> Bool {
        guard grammar.rules.indices.contains(index) else {
            throw CinnabarError(
                .invalidArgument,
                "the constraint refers to rule \(index) of \(grammar.rules.count)"
            )
        }
        if let known = nullable[index] { return known }
        guard !isOpen[index] else {
            throw CinnabarError(
                .unsupported,
                "rule \"\(grammar.rules[index].name)\" of the constraint is left-recursive",
                hint: "write it as a repetition: a, then any number of what follows"
            )
        }
        isOpen[index] = true
        let result = try visit(grammar.rules[index].language)
        isOpen[index] = false
        nullable[index] = result
        return result
    }
}
