import Common

extension Grammar {
    /// The same strings without left recursion: `a ::= a x | y` becomes `a ::= y x*`.
    ///
    /// - Throws: `unsupported` where a rule begins with itself by way of others.
    func withoutLeftRecursion() throws -> Grammar {
        var grammar = self
        for index in rules.indices { grammar.rules[index].language = Self.unrolled(rules[index].language, index) }
        if let cycle = grammar.leftCycle() {
            let names = cycle.map { "'\(rules[$0].name)'" }.joined(separator: " begins with ")
            throw CinnabarError(
                .unsupported,
                "grammar: left recursion, \(names)",
                hint: "put a terminal before the recursion, or write it as a repetition"
            )
        }
        return grammar
    }

    private static func unrolled(_ language: Language, _ rule: Int) -> Language {
        var alternatives = [language]
        if case .choice(let parts) = language { alternatives = parts }
        var (bases, tails) = ([Language](), [Language]())
        for alternative in alternatives {
            switch alternative {
            case .rule(rule): continue
            case .sequence(let parts) where parts.first == .rule(rule): tails.append(.joined(Array(parts.dropFirst())))
            default: bases.append(alternative)
            }
        }
        return tails.isEmpty ? .either(bases) : .joined([.either(bases), .star(.either(tails))])
    }

    /// Rules each of which can begin with the next, the last with the first; nil when there are none.
    private func leftCycle() -> [Int]? {
        let nullable = nullableRules()
        var edges = rules.map { _ in [Int]() }
        for (index, rule) in rules.enumerated() {
            rule.language.forEachFirstRule(nullable) { edges[index].append($0) }
        }
        // Depth first; a rule that is met while it is open closes a cycle.
        var state = [UInt8](repeating: 0, count: rules.count)
        for start in rules.indices where state[start] == 0 {
            var path = [(rule: start, next: 0)]
            state[start] = 1
            while let top = path.last {
                guard top.next < edges[top.rule].count else {
                    state[top.rule] = 2
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let target = edges[top.rule][top.next]
                if state[target] == 1 {
                    let from = path.firstIndex { $0.rule == target } ?? 0
                    return path[from...].map(\.rule) + [target]
                }
                if state[target] == 0 {
                    state[target] = 1
                    path.append((target, 0))
                }
            }
        }
        return nil
    }

    private func nullableRules() -> [Bool] {
        var nullable = [Bool](repeating: false, count: rules.count)
        var isChanged = true
        while isChanged {
            isChanged = false
            for (index, rule) in rules.enumerated() where !nullable[index] && rule.language.isNullable(nullable) {
                (nullable[index], isChanged) = (true, true)
            }
        }
        return nullable
    }
}

extension Language {
    fileprivate func isNullable(_ rules: [Bool]) -> Bool {
        switch self {
        case .nothing, .byte: false
        case .bytes(let bytes): bytes.isEmpty
        case .sequence(let parts), .intersection(let parts): parts.allSatisfy { $0.isNullable(rules) }
        case .choice(let parts): parts.contains { $0.isNullable(rules) }
        case .repetition(let part, let minimum, _): minimum == 0 || part.isNullable(rules)
        case .complement(let part): !part.isNullable(rules)
        case .rule(let index): rules[index]
        }
    }

    /// The rules that a string of it can begin with.
    fileprivate func forEachFirstRule(_ nullable: [Bool], _ visit: (Int) -> Void) {
        switch self {
        case .nothing, .bytes, .byte: break
        case .sequence(let parts):
            for part in parts {
                part.forEachFirstRule(nullable, visit)
                guard part.isNullable(nullable) else { break }
            }
        case .choice(let parts), .intersection(let parts):
            for part in parts { part.forEachFirstRule(nullable, visit) }
        case .repetition(let part, _, _), .complement(let part): part.forEachFirstRule(nullable, visit)
        case .rule(let index): visit(index)
        }
    }
}

extension Grammar {
    /// A context-free grammar in the text form of `GBNFParser`; its start is the rule `root`.
    ///
    /// - Throws: `malformed` with line and column; `unsupported` for left recursion through several rules;
    ///   `invalidArgument` where it derives nothing.
    package init(gbnf text: String) throws {
        var parser = try GBNFParser(text)
        let rules = try parser.parse()
        guard let root = rules.firstIndex(where: { $0.name == "root" }) else {
            throw CinnabarError(.malformed, "grammar: the rule 'root' is missing", hint: "it is where a text begins")
        }
        let grammar = try Grammar(start: .rule(root), rules: rules).withoutLeftRecursion().pruned
        guard grammar.start != .nothing else {
            throw CinnabarError(.invalidArgument, "grammar: no text can be derived from 'root'")
        }
        self = grammar
    }
}
