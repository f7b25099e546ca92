/// Statements on one line.
struct PythonStatements {
    let builder = GrammarBuilder()
    let words: PythonWordRules
    /// Expressions outside of brackets.
    let line: PythonExpressions
    /// The brackets that stand on a line, and what is in them.
    let brackets: PythonBrackets
    let inside: PythonExpressions
    /// Statements with semicolons, and a comment.
    let simple: Language
    let comment: Language

    init() {
        words = PythonWordRules(builder)
        // From the innermost brackets outwards, so that rules stand behind those that they use.
        var inside = PythonExpressions(builder, words, level: PythonLimits.brackets, inner: nil)
        for level in (1..<PythonLimits.brackets).reversed() {
            let brackets = PythonBrackets(builder, words, level: level + 1, inside: inside)
            inside = PythonExpressions(builder, words, level: level, inner: brackets)
        }
        brackets = PythonBrackets(builder, words, level: 1, inside: inside)
        line = PythonExpressions(builder, words, level: 0, inner: brackets)
        self.inside = inside
        comment = .joined([.text("#"), words.strings.line])
        let statement = builder.add(
            "statement",
            .either(Self.assignments(line) + Self.keywords(line) + Self.imports(words, line, inside))
        )
        let next = Language.joined([line.gap, .text(";"), line.gap, statement])
        simple = builder.add(
            "statements",
            .joined([
                statement, .star(next), .optional(.joined([line.gap, .text(";")])), line.gap, .optional(comment),
            ])
        )
    }

    private static func assignments(_ line: PythonExpressions) -> [Language] {
        let gap = line.gap
        let value = Language.either([line.list, line.yield])
        let equals = Language.joined([gap, .text("="), gap])
        let augmented = PythonExpressions.signs(PythonExpressions.operators.map { $0 + "=" })
        return [
            value,
            .joined([.repeated(.joined([line.targets, equals]), 1, nil), value]),
            .joined([line.place, gap, augmented, gap, value]),
            .joined([
                line.place, gap, .text(":"), gap, line.expression, .optional(.joined([equals, value])),
            ]),
        ]
    }

    private static func keywords(_ line: PythonExpressions) -> [Language] {
        func apart(_ word: String) -> Language { .joined([line.space, .text(word)]) }
        let comma = Language.joined([line.gap, .text(","), line.gap])
        let places = Language.joined([line.place, .star(.joined([comma, line.place]))])
        return [
            .text("pass"), .text("break"), .text("continue"),
            .joined([.text("return"), .optional(line.spacedList)]),
            .joined([
                .text("raise"),
                .optional(
                    .joined([line.spacedExpression, .optional(.joined([apart("from"), line.spacedExpression]))])
                ),
            ]),
            .joined([.text("assert"), line.spacedExpression, .optional(.joined([comma, line.expression]))]),
            .joined([.text("del"), line.space, places]),
        ]
    }

    /// `import`, `from`, `global`, `nonlocal`.
    private static func imports(
        _ words: PythonWordRules,
        _ line: PythonExpressions,
        _ inside: PythonExpressions
    ) -> [Language] {
        let (name, space) = (words.name, line.space)
        func list(_ item: Language, _ gap: Language) -> Language {
            .joined([item, .star(.joined([gap, .text(","), gap, item]))])
        }
        func renamed(_ name: Language, _ space: Language) -> Language {
            .joined([name, .optional(.joined([space, .text("as"), space, words.name]))])
        }
        // `from __future__` can change what the parser reads.
        let others = PythonWords.name(except: PythonWords.keywords + ["__future__"])
        let attributes = Language.star(.joined([.text("."), name]))
        let dotted = Language.joined([name, attributes])
        let dots = Language.repeated(.text("."), 1, nil)
        let module = Language.joined([others, attributes])
        let source = Language.either([module, .joined([dots, .optional(module)])])
        let within = Language.joined([
            .text("("), inside.gap, list(renamed(name, inside.space), inside.gap),
            .optional(.joined([inside.gap, .text(",")])), inside.gap, .text(")"),
        ])
        let imported = Language.either([.text("*"), list(renamed(name, space), line.gap), within])
        return [
            .joined([.text("import"), space, list(renamed(dotted, space), line.gap)]),
            .joined([.text("from"), space, source, space, .text("import"), space, imported]),
            .joined([.either([.text("global"), .text("nonlocal")]), space, list(name, line.gap)]),
        ]
    }
}
