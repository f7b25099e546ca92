/// A grammar while it is written: rules may be named before they are known.
final class GrammarBuilder {
    private(set) var rules: [Grammar.Rule] = []

    /// A new rule, nothing until it is defined.
    func reserve(_ name: String) -> Int {
        rules.append(Grammar.Rule(name: name, language: .nothing))
        return rules.count - 1
    }

    func define(_ index: Int, _ language: Language) { rules[index].language = language }

    func add(_ name: String, _ language: Language) -> Language {
        let index = reserve(name)
        define(index, language)
        return .rule(index)
    }

    func append(_ more: [Grammar.Rule]) { rules += more }

    /// For languages of the rules that are defined by now.
    var probe: LanguageProbe { LanguageProbe(rules: rules) }

    /// The grammar, without rules that derive no string or that the start does not reach.
    func grammar(start: Language) -> Grammar {
        Grammar(start: start, rules: rules).pruned
    }
}
