extension Grammar {
    /// The same strings, without rules that derive none or that the start does not reach.
    ///
    /// Intersections and complements count as not empty. Cost: the size of the grammar times the depth of its rules.
    package var pruned: Grammar {
        var productive = [Bool](repeating: false, count: rules.count)
        var isChanged = true
        while isChanged {
            isChanged = false
            for (index, rule) in rules.enumerated() where !productive[index] {
                if rule.language.isProductive({ productive[$0] }) { (productive[index], isChanged) = (true, true) }
            }
        }
        let kept = rules.map { $0.language.replacing { productive[$0] ? .rule($0) : .nothing } }
        let start = start.replacing { productive[$0] ? .rule($0) : .nothing }
        // Number what is reached, in the order in which it is.
        var numbers: [Int: Int] = [:]
        var order: [Int] = []
        func visit(_ language: Language) {
            language.forEachRule {
                if numbers[$0] == nil {
                    numbers[$0] = order.count
                    order.append($0)
                }
            }
        }
        visit(start)
        var next = 0
        while next < order.count {
            visit(kept[order[next]])
            next += 1
        }
        func renumbered(_ language: Language) -> Language { language.replacing { .rule(numbers[$0] ?? 0) } }
        return Grammar(
            start: renumbered(start),
            rules: order.map { Rule(name: rules[$0].name, language: renumbered(kept[$0])) }
        )
    }
}

extension Language {
    /// Whether it derives a string if these rules do.
    fileprivate func isProductive(_ rule: (Int) -> Bool) -> Bool {
        switch self {
        case .nothing: false
        case .bytes, .complement: true
        case .byte(let set): !set.isEmpty
        case .sequence(let parts), .intersection(let parts): parts.allSatisfy { $0.isProductive(rule) }
        case .choice(let parts): parts.contains { $0.isProductive(rule) }
        case .repetition(let part, let minimum, _): minimum == 0 || part.isProductive(rule)
        case .rule(let index): rule(index)
        }
    }

    /// The language with other languages for its rules.
    func replacing(_ rule: (Int) -> Language) -> Language {
        switch self {
        case .nothing, .bytes, .byte: self
        case .sequence(let parts): .joined(parts.map { $0.replacing(rule) })
        case .choice(let parts): .either(parts.map { $0.replacing(rule) })
        case .intersection(let parts): .both(parts.map { $0.replacing(rule) })
        case .repetition(let part, let minimum, let maximum): .repeated(part.replacing(rule), minimum, maximum)
        case .complement(let part): .except(part.replacing(rule))
        case .rule(let index): rule(index)
        }
    }

    func forEachRule(_ visit: (Int) -> Void) {
        switch self {
        case .nothing, .bytes, .byte: break
        case .sequence(let parts), .choice(let parts), .intersection(let parts):
            for part in parts { part.forEachRule(visit) }
        case .repetition(let part, _, _), .complement(let part): part.forEachRule(visit)
        case .rule(let index): visit(index)
        }
    }
}
