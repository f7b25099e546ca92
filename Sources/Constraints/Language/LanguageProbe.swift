/// Answers questions about a regular language while a grammar is compiled: does it hold this string, does it hold any.
struct LanguageProbe {
    /// What its rules stand for; they are right-linear.
    var rules: [Grammar.Rule] = []

    /// Most states that are looked through for a string.
    private static let stateLimit = 4_000

    func contains(_ text: [UInt8], in language: Language) -> Bool {
        var recogniser = try? Recogniser(grammar(language))
        return (try? recogniser?.accepts(text)) ?? false
    }

    /// Those of the strings that it holds.
    func members(_ texts: [[UInt8]], of language: Language) -> [[UInt8]] {
        guard var recogniser = try? Recogniser(grammar(language)) else { return [] }
        return texts.filter { (try? recogniser.accepts($0)) ?? false }
    }

    /// Whether it certainly holds no string: one that needs a long search counts as not empty.
    func isEmpty(_ language: Language) -> Bool {
        guard language.hasBooleans else { return language == .nothing }
        var limits = RecogniserLimits()
        limits.searchedStates = Self.stateLimit
        return (try? Recogniser(grammar(language), limits: limits).isEmpty) ?? false
    }

    private func grammar(_ language: Language) -> Grammar {
        var isClosed = true
        language.forEachRule { _ in isClosed = false }
        return Grammar(start: language, rules: isClosed ? [] : rules)
    }
}

extension Language {
    /// Whether it is built with an intersection or a complement; without, only `nothing` is empty, since constructors
    /// keep it at the top.
    fileprivate var hasBooleans: Bool {
        switch self {
        case .nothing, .bytes, .byte, .rule: false
        case .sequence(let parts), .choice(let parts): parts.contains(where: \.hasBooleans)
        case .repetition(let part, _, _): part.hasBooleans
        case .intersection, .complement: true
        }
    }

    /// Whether it holds the empty string, where it says so without rules.
    var isNullable: Bool {
        switch self {
        case .nothing, .byte, .rule: false
        case .bytes(let bytes): bytes.isEmpty
        case .sequence(let parts), .intersection(let parts): parts.allSatisfy(\.isNullable)
        case .choice(let parts): parts.contains(where: \.isNullable)
        case .repetition(let part, let minimum, _): minimum == 0 || part.isNullable
        case .complement(let part): !part.isNullable
        }
    }
}
