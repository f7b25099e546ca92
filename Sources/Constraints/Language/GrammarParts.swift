/// Grammars on their way into one: the rules of each stand behind those of the ones before.
package struct GrammarParts {
    package private(set) var rules: [Grammar.Rule] = []

    package init() {}

    /// The language of a grammar, in terms of the rules of all.
    ///
    /// - Parameter prefix: what errors say before the names of its rules.
    package mutating func add(_ grammar: Grammar, prefix: String = "") -> Language {
        let offset = rules.count
        func moved(_ language: Language) -> Language { language.replacing { .rule($0 + offset) } }
        rules += grammar.rules.map { Grammar.Rule(name: prefix + $0.name, language: moved($0.language)) }
        return moved(grammar.start)
    }
}
