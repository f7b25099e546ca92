import Common

extension SchemaCompiler {
    /// Most states of an array whose items are counted.
    private static let stateLimit = 4_000
    /// Most different items of an array without repetition.
    private static let uniqueLimit = 10

    /// The texts of an array.
    func language(_ form: ArrayForm) throws -> Language {
        let inside: Language
        if form.isUnique, form.length.maximum ?? 2 > 1 {
            inside = try unique(form)
        } else if form.contains.isEmpty {
            inside = try plain(form)
        } else {
            inside = try counted(form)
        }
        return .joined([.text("["), inside, .text("]")])
    }

    /// Built from the back: what may follow when so many items are written.
    private func plain(_ form: ArrayForm) throws -> Language {
        let horizon = min(form.horizon, form.length.maximum ?? .max)
        let repeated = try value(form.condition(at: horizon))
        func step(_ item: Language, behind index: Int) -> Language {
            .joined([index > 0 ? style.comma : .empty, item])
        }
        let least = max(0, form.length.minimum - horizon)
        let most = form.length.maximum.map { $0 - horizon }
        var rest: Language
        if horizon > 0 {
            rest = .repeated(step(repeated, behind: 1), least, most)
        } else if most == 0 {
            rest = .empty
        } else {
            let some = Language.joined([
                repeated, .repeated(step(repeated, behind: 1), max(0, least - 1), most.map { $0 - 1 }),
            ])
            rest = least == 0 ? .optional(some) : some
        }
        for index in (0..<horizon).reversed() {
            rest = .joined([step(try value(form.condition(at: index)), behind: index), rest])
            if index >= form.length.minimum { rest = .optional(rest) }
        }
        return rest
    }

    /// Items are told apart by which of the demands they meet; counts up to what matters are states.
    private func counted(_ form: ArrayForm) throws -> Language {
        struct State: Hashable {
            var index: Int
            var counts: [Int]
        }
        let contains = form.contains
        let last = max(form.horizon, form.length.minimum, form.length.maximum ?? 0, 1)
        let caps = contains.map { $0.bounds.maximum ?? $0.bounds.minimum }
        var rules: [State: Int] = [:]
        var order: [State] = []
        func rule(_ state: State) throws -> Language {
            if let known = rules[state] { return .rule(known) }
            try step()
            guard order.count < Self.stateLimit else {
                throw CinnabarError(.unsupported, "JSON Schema: keyword 'contains' needs too many states")
            }
            let rule = builder.reserve("items")
            rules[state] = rule
            order.append(state)
            return .rule(rule)
        }
        let start = try rule(State(index: 0, counts: contains.map { _ in 0 }))
        var next = 0
        while next < order.count {
            let state = order[next]
            next += 1
            let index = state.index
            let isComplete =
                index >= form.length.minimum
                && zip(contains, state.counts).allSatisfy { $1 >= $0.bounds.minimum }
            var loops: [Language] = []
            var ways: [Language] = isComplete ? [.empty] : []
            let own = form.condition(at: min(index, form.horizon))
            for subset in 0..<(1 << contains.count) where index < form.length.maximum ?? .max {
                var (counts, demands, isPossible) = (state.counts, [own], true)
                for (place, contained) in contains.enumerated() {
                    let isIn = subset >> place & 1 == 1
                    guard index >= contained.start else {
                        isPossible = isPossible && !isIn
                        continue
                    }
                    demands.append(isIn ? contained.condition : try negated(contained.condition))
                    guard isIn else { continue }
                    if contained.bounds.maximum != nil {
                        counts[place] += 1
                        isPossible = isPossible && counts[place] <= caps[place]
                    } else {
                        counts[place] = min(counts[place] + 1, caps[place])
                    }
                }
                let condition = Condition.conjunction(demands)
                guard isPossible, try !isEmpty(condition) else { continue }
                let item = Language.joined([index > 0 ? style.comma : .empty, try value(condition)])
                let target = State(
                    index: form.length.maximum == nil ? min(index + 1, last) : index + 1,
                    counts: counts
                )
                if target == state { loops.append(item) } else { ways.append(.joined([item, try rule(target)])) }
            }
            let loop = Language.either(loops)
            guard let index = rules[state] else { continue }
            builder.define(index, .joined([loop == .nothing ? .empty : .star(loop), .either(ways)]))
        }
        return start
    }

    /// Items of a small set, each at most once: states are the sets of those written.
    private func unique(_ form: ArrayForm) throws -> Language {
        let refusal = CinnabarError(
            .unsupported,
            "JSON Schema: keyword 'uniqueItems' is supported where items are of at most \(Self.uniqueLimit) values only"
        )
        guard form.contains.isEmpty else { throw refusal }
        let items = try (0...form.horizon).map { index -> [[UInt8]] in
            guard index < form.length.maximum ?? .max else { return [] }
            guard let texts = try finite(value(form.condition(at: index))) else { throw refusal }
            return texts
        }
        var texts: [[UInt8]] = []
        for text in items.joined() where !texts.contains(text) { texts.append(text) }
        guard texts.count <= Self.uniqueLimit else { throw refusal }
        var rules: [Int: Int] = [:]
        /// What may follow when the texts of a set of bits are written.
        func rest(_ used: Int) throws -> Language {
            if let known = rules[used] { return .rule(known) }
            let rule = builder.reserve("items")
            rules[used] = rule
            let index = used.nonzeroBitCount
            var ways: [Language] = index >= form.length.minimum ? [.empty] : []
            for (bit, text) in texts.enumerated()
            where used >> bit & 1 == 0 && index < form.length.maximum ?? .max
                && items[min(index, form.horizon)].contains(text)
            {
                ways.append(
                    .joined([index > 0 ? style.comma : .empty, .bytes(text), try rest(used | 1 << bit)])
                )
            }
            builder.define(rule, .either(ways))
            return .rule(rule)
        }
        return try rest(0)
    }

    /// All texts of a language that has few; nil where it has many or might.
    private func finite(_ language: Language) -> [[UInt8]]? {
        switch language {
        case .nothing: return []
        case .bytes(let bytes): return [bytes]
        case .byte(let set): return set.count > Self.uniqueLimit ? nil : set.map { [$0] }
        case .choice(let parts):
            let each = parts.compactMap(finite)
            return each.count == parts.count ? Array(each.joined()) : nil
        case .sequence(let parts):
            var texts: [[UInt8]] = [[]]
            for part in parts {
                guard let behind = finite(part), texts.count * behind.count <= 64 else { return nil }
                texts = texts.flatMap { text in behind.map { text + $0 } }
            }
            return texts
        default: return nil
        }
    }
}
