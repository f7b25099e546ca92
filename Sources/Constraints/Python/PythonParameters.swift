/// Parameters of functions: without a default before those with one, `/` behind the first, `*` before names that must be
/// given, `**` last.
enum PythonParameters {
    static func lambda(_ name: Language, gap: Language, default value: Language) -> Language {
        parameters(name, plain: name, gap: gap, default: .joined([gap, .text("="), gap, value]))
    }

    /// With annotations.
    static func function(_ name: Language, gap: Language, annotation: Language, default value: Language) -> Language {
        let annotated = Language.joined([name, .optional(.joined([gap, .text(":"), gap, annotation]))])
        return parameters(annotated, plain: annotated, gap: gap, default: .joined([gap, .text("="), gap, value]))
    }

    private static func parameters(
        _ name: Language,
        plain: Language,
        gap: Language,
        default value: Language
    ) -> Language {
        let comma = Language.joined([gap, .text(","), gap])
        func list(_ items: [Language]) -> Language { .joined(Array(items.map { [$0] }.joined(separator: [comma]))) }
        func more(_ item: Language) -> Language { .star(.joined([comma, item])) }
        let defaulted = Language.joined([name, value])
        let free = Language.joined([name, .optional(value)])
        let slash = Language.text("/")
        let mapping = Language.joined([.text("**"), gap, plain])
        // From `*` on.
        let given = Language.either([
            .joined([.text("*"), gap, plain, more(free)]), .joined([.text("*"), comma, free, more(free)]),
        ])
        let named = Language.either([.joined([given, .optional(.joined([comma, mapping]))]), mapping])
        // `/` before the first default, among the defaults, or nowhere.
        let positional = Language.either([
            .joined([
                name, more(name), .optional(.joined([comma, slash, more(name)])), more(defaulted),
            ]),
            .joined([
                .either([.joined([name, more(name), comma, defaulted]), defaulted]), more(defaulted), comma, slash,
                more(defaulted),
            ]),
            .joined([defaulted, more(defaulted)]),
        ])
        return .joined([
            .either([.joined([positional, .optional(.joined([comma, named]))]), named]),
            .optional(.joined([gap, .text(",")])),
        ])
    }
}
