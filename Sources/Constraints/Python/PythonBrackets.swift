/// What stands in brackets: displays, calls, subscripts, and targets.
struct PythonBrackets {
    /// Tuples, groups, generators, lists, sets, dictionaries and comprehensions.
    let atom: Language
    let call: Language
    let subscription: Language
    /// Several targets in brackets, or one.
    let target: Language
    /// The arguments of a class: a call's without a generator.
    let bases: Language

    /// - Parameter inside: the expressions within the brackets.
    init(_ builder: GrammarBuilder, _ words: PythonWordRules, level: Int, inside: PythonExpressions) {
        let (gap, space, expression) = (inside.gap, inside.space, inside.expression)
        let comma = Language.joined([gap, .text(","), gap])
        let ending = Language.optional(.joined([gap, .text(",")]))
        func list(_ item: Language) -> Language { .joined([item, .star(.joined([comma, item])), ending]) }
        func bracket(_ open: String, _ inside: Language, _ close: String) -> Language {
            .joined([.text(open), gap, inside, .text(close)])
        }
        /// With the space before the closing bracket, which an empty bracket has not twice.
        func filled(_ inside: Language) -> Language { .optional(.joined([inside, gap])) }

        let source = Language.joined([
            space, .optional(.joined([.text("async"), space])), .text("for"), space, inside.targets, space, .text("in"),
            inside.spacedDisjunction, .star(.joined([space, .text("if"), inside.spacedDisjunction])),
        ])
        let sources = builder.add("comprehension \(level)", .repeated(source, 1, nil))
        let named = Language.joined([.optional(.joined([words.name, gap, .text(":="), gap])), expression])
        let item = Language.either([named, .joined([.text("*"), gap, inside.arithmetic])])
        let items = Language.either([list(item), .joined([named, sources])])
        let tuple = Language.joined([item, gap, .text(","), .optional(.joined([gap, list(item)]))])
        let pair = Language.joined([expression, gap, .text(":"), gap, expression])
        let entries = list(.either([pair, .joined([.text("**"), gap, inside.arithmetic])]))
        let group = Language.either([named, .joined([named, sources]), tuple, inside.yield])
        atom = builder.add(
            "brackets \(level)",
            .either([
                bracket("(", filled(group), ")"), bracket("[", filled(items), "]"),
                bracket("{", filled(.either([entries, .joined([pair, sources]), items])), "}"),
            ])
        )

        let bound = Language.optional(.joined([gap, expression]))
        let slice = Language.either([
            expression,
            .joined([
                .optional(.joined([expression, gap])), .text(":"), bound,
                .optional(.joined([gap, .text(":"), bound])),
            ]),
        ])
        subscription = builder.add("subscript \(level)", bracket("[", .joined([list(slice), gap]), "]"))

        // Values, then from the first keyword on no values without one, then from `**` on no more stars.
        let keyword = Language.joined([words.name, gap, .text("="), gap, expression])
        let star = Language.joined([.text("*"), gap, expression])
        let dictionary = Language.joined([.text("**"), gap, expression])
        let last = Language.joined([dictionary, .star(.joined([comma, .either([keyword, dictionary])]))])
        let keywords = Language.either([
            .joined([
                keyword, .star(.joined([comma, .either([keyword, star])])), .optional(.joined([comma, last])),
            ]),
            last,
        ])
        let value = Language.either([named, star])
        let values = Language.joined([value, .star(.joined([comma, value])), .optional(.joined([comma, keywords]))])
        let arguments = Language.joined([.either([values, keywords]), ending])
        call = builder.add(
            "call \(level)",
            bracket("(", filled(.either([arguments, .joined([expression, sources])])), ")")
        )
        bases = bracket("(", filled(arguments), ")")
        target = builder.add(
            "target in brackets \(level)",
            .either([
                bracket("(", .joined([inside.targets, gap]), ")"), bracket("[", .joined([inside.targets, gap]), "]"),
            ])
        )
    }
}
