import Common

/// What may stand before a suffix: the texts that make, with the suffix behind them, a text of a grammar.
///
/// Of each rule `A` and each place `j` there is a rule `A / j`: the texts that make a text of `A` with the suffix's first
/// `j` bytes. In a sequence one part holds the seam; what stands behind it derives bytes of the suffix exactly.
struct SuffixQuotient {
    private struct Key: Hashable {
        var rule: Int
        var place: Int
    }

    private let grammar: Grammar
    private let suffix: [UInt8]
    private let limits: RecogniserLimits
    private var rules: [Grammar.Rule]
    private var numbers: [Key: Int] = [:]
    private var open: [Key] = []
    /// By rule, the places in the suffix up to which its strings may reach.
    private var ruleSeams: [[Int]]
    /// By rule and place: where its strings that begin there end.
    private var ends: [Key: Set<Int>] = [:]
    private var work = 0
    private var depth = 0

    /// The grammar of `grammar`'s texts without the suffix that they end in.
    ///
    /// - Parameters:
    ///   - grammar: one that a ``Recogniser`` takes: without left recursion.
    ///   - suffix: at least one byte.
    /// - Throws: `.resource` or `.unsupported` where that is too much work.
    static func of(_ grammar: Grammar, _ suffix: [UInt8], limits: RecogniserLimits) throws -> Grammar {
        var quotient = SuffixQuotient(grammar, suffix, limits)
        try quotient.findSeams()
        let start = try quotient.language(grammar.start, suffix.count)
        while let key = quotient.open.popLast(), let number = quotient.numbers[key] {
            quotient.rules[number].language = try quotient.language(grammar.rules[key.rule].language, key.place)
        }
        return Grammar(start: start, rules: quotient.rules).pruned
    }

    private init(_ grammar: Grammar, _ suffix: [UInt8], _ limits: RecogniserLimits) {
        (self.grammar, self.suffix, self.limits, rules) = (grammar, suffix, limits, grammar.rules)
        ruleSeams = grammar.rules.map { _ in [] }
    }

    private mutating func spend(_ amount: Int = 1) throws {
        work += amount
        guard work <= limits.work else {
            throw CinnabarError(
                .resource,
                "the suffix of \(suffix.count) bytes needs more than \(limits.work) steps to be matched",
                hint: "give a shorter suffix"
            )
        }
    }

    private mutating func enter() throws {
        depth += 1
        guard depth <= limits.depth else {
            throw CinnabarError(
                .unsupported,
                "the suffix nests deeper than \(limits.depth) levels",
                hint: "give a shorter suffix"
            )
        }
        try spend()
    }

    /// The strings that make one of `language` with the first `place` bytes of the suffix.
    private mutating func language(_ language: Language, _ place: Int) throws -> Language {
        if place == 0 { return language }
        try enter()
        defer { depth -= 1 }
        switch language {
        case .nothing, .repetition(_, _, 0): return .nothing
        case .bytes(let bytes):
            return bytes.count >= place && bytes.suffix(place) == suffix[..<place]
                ? .bytes(Array(bytes.dropLast(place))) : .nothing
        case .byte(let set): return place == 1 && set.contains(suffix[0]) ? .empty : .nothing
        case .choice(let parts): return .either(try parts.map { try self.language($0, place) })
        case .intersection(let parts): return .both(try parts.map { try self.language($0, place) })
        case .complement(let part): return .except(try self.language(part, place))
        case .rule(let index):
            return ruleSeams[index].contains(place) ? .rule(number(Key(rule: index, place: place))) : .nothing
        case .sequence(let parts):
            var alternatives: [Language] = []
            for index in parts.indices {
                for seam in try seams(parts[index]) where seam <= place {
                    guard try ends(.sequence(Array(parts[(index + 1)...])), from: [seam]).contains(place) else {
                        continue
                    }
                    alternatives.append(.joined(parts[..<index] + [try self.language(parts[index], seam)]))
                }
            }
            return .either(alternatives)
        case .repetition(let part, let minimum, let maximum):
            var alternatives: [Language] = []
            for seam in try seams(part) where seam <= place {
                for count in try counts(of: part, from: seam, to: place, minimum, maximum) {
                    let before = Language.repeated(part, max(0, minimum - 1 - count), maximum.map { $0 - 1 - count })
                    alternatives.append(.joined([before, try self.language(part, seam)]))
                }
            }
            return .either(alternatives)
        }
    }

    private mutating func number(_ key: Key) -> Int {
        if let known = numbers[key] { return known }
        numbers[key] = rules.count
        open.append(key)
        rules.append(Grammar.Rule(name: grammar.rules[key.rule].name, language: .nothing))
        return rules.count - 1
    }

    /// How many copies may lead from one place to another, each reading a byte or more, with one before them; without a
    /// limit only the most of them, since more copies here only lower how many must stand before.
    private mutating func counts(
        of part: Language,
        from start: Int,
        to end: Int,
        _ minimum: Int,
        _ maximum: Int?
    ) throws -> [Int] {
        if minimum == 0, maximum == nil {
            return try copies(of: part, from: [start], 0, nil).contains(end) ? [0] : []
        }
        let limit = maximum.map { $0 - 1 } ?? .max
        var counts: [Int: Set<Int>] = [start: [0]]
        for place in start..<max(start, end) {
            guard var here = counts[place] else { continue }
            if maximum == nil, let most = here.max() { here = [most] }
            for next in try ends(part, from: [place]) where next > place && next <= end {
                try spend(here.count)
                counts[next, default: []].formUnion(here.map { $0 + 1 }.filter { $0 <= limit })
            }
        }
        let found = (counts[end] ?? []).sorted()
        return maximum == nil ? Array(found.suffix(1)) : found
    }

    /// The places in the suffix, behind its start, up to which it may end a string of `language` that begins before it;
    /// perhaps some more where there are intersections and complements.
    private mutating func seams(_ language: Language) throws -> [Int] {
        try enter()
        defer { depth -= 1 }
        switch language {
        case .nothing, .repetition(_, _, 0): return []
        case .bytes(let bytes):
            return (1..<max(1, min(bytes.count, suffix.count) + 1)).filter { bytes.suffix($0) == suffix[..<$0] }
        case .byte(let set): return set.contains(suffix[0]) ? [1] : []
        case .rule(let index): return ruleSeams[index]
        case .choice(let parts): return Set(try parts.flatMap { try seams($0) }).sorted()
        case .intersection(let parts):
            let all = Set(1...suffix.count)
            return try parts.reduce(all) { $0.intersection(try seams($1)) }.sorted()
        case .complement: return Array(1...suffix.count)
        case .sequence(let parts):
            var places: [Int] = []
            for part in parts { places = Set(try ends(part, from: places) + seams(part)).sorted() }
            return places
        case .repetition(let part, _, let maximum):
            let places = try seams(part)
            return try ends(.repeated(part, 0, maximum.map { $0 - 1 }), from: places)
        }
    }

    /// The least fixed point over the rules.
    private mutating func findSeams() throws {
        var isChanged = true
        while isChanged {
            isChanged = false
            for index in grammar.rules.indices {
                let found = try seams(grammar.rules[index].language)
                if found != ruleSeams[index] { (ruleSeams[index], isChanged) = (found, true) }
            }
        }
    }

    /// Where strings of `language` that begin at one of the places in the suffix end; places are ascending.
    private mutating func ends(_ language: Language, from places: [Int]) throws -> [Int] {
        if places.isEmpty { return [] }
        try enter()
        defer { depth -= 1 }
        try spend(places.count)
        switch language {
        case .nothing: return []
        case .bytes(let bytes):
            return places.compactMap { suffix[$0...].starts(with: bytes) ? $0 + bytes.count : nil }
        case .byte(let set):
            return places.compactMap { $0 < suffix.count && set.contains(suffix[$0]) ? $0 + 1 : nil }
        case .sequence(let parts): return try parts.reduce(places) { try ends($1, from: $0) }
        case .choice(let parts): return Set(try parts.flatMap { try ends($0, from: places) }).sorted()
        case .intersection(let parts):
            return try eachAlone(places) { quotient, start in
                let all = Set(start...quotient.suffix.count)
                return try parts.reduce(all) { $0.intersection(try quotient.ends($1, from: [start])) }
            }
        case .complement(let part):
            return try eachAlone(places) { quotient, start in
                Set(start...quotient.suffix.count).subtracting(try quotient.ends(part, from: [start]))
            }
        case .rule(let index):
            return try eachAlone(places) { quotient, start in
                let key = Key(rule: index, place: start)
                if let known = quotient.ends[key] { return known }
                let result = Set(try quotient.ends(quotient.grammar.rules[index].language, from: [start]))
                quotient.ends[key] = result
                return result
            }
        case .repetition(let part, let minimum, let maximum):
            return try copies(of: part, from: places, minimum, maximum)
        }
    }

    /// The ends from several places of what depends on where it begins.
    private mutating func eachAlone(
        _ places: [Int],
        _ ends: (inout SuffixQuotient, Int) throws -> Set<Int>
    ) throws -> [Int] {
        var result: Set<Int> = []
        for start in places {
            try spend(suffix.count >> 6)
            result.formUnion(try ends(&self, start))
        }
        return result.sorted()
    }

    /// Where `minimum` to `maximum` copies end.
    private mutating func copies(
        of part: Language,
        from starts: [Int],
        _ minimum: Int,
        _ maximum: Int?
    ) throws -> [Int] {
        var (result, places, count): (Set<Int>, [Int], Int) = (minimum == 0 ? Set(starts) : [], starts, 0)
        while !places.isEmpty, maximum.map({ count < $0 }) ?? true {
            var next = try ends(part, from: places)
            count += 1
            if count >= minimum {
                // Places that were reached by fewer copies add nothing.
                next.removeAll(where: result.contains)
                result.formUnion(next)
            } else if count > suffix.count, next == places {
                // Copies of the empty string make up for missing ones.
                return try copies(of: part, from: places, 0, maximum.map { max(0, $0 - minimum) })
            }
            places = next
        }
        return result.sorted()
    }
}
